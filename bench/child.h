// An engine in a process of its own, which is stopped while it has nothing to do.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "peer.h"

namespace chainrule::bench {

// The policy of waiting threads is read once, when a process starts. And threads that spin would
// take the time of whoever is measured next: between rounds the process is stopped by a signal.
class Child {
 public:
  // `program` stands beside this one; see serve.h for its arguments. Throws std::runtime_error if
  // it does not start.
  Child(const std::string& program, std::vector<std::string> arguments, bool spins = false);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  static bool exists(const std::string& program);

  const std::string& version() const { return version_; }  // the engine's
  // Throws std::runtime_error with the child's own message if it failed.
  Round run(std::int64_t steps);
  // The most memory that it has had since it started or was told to forget, shared libraries that
  // it touched included.
  double peak_bytes() const;
  void forget_peak() const;

 private:
  std::string read_line();

  pid_t pid_ = 0;
  int socket_ = -1;
  std::FILE* replies_ = nullptr;
  std::string program_, version_;
};

inline constexpr const char* libtorch_program = "chainrule_bench_libtorch";
inline constexpr const char* own_program = "chainrule_bench_own";

}  // namespace chainrule::bench
