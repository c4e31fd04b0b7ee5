// Runs the command-line program as a user would, in a folder of its own.
#pragma once

#include <csignal>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/types.h>
#include <nlohmann/json.hpp>

#include "data/temporary_folder.h"

namespace chainrule::cli {

using Arguments = std::vector<std::string>;

struct Outcome {
  int code = 0;  // 128 + the signal that ended it, as a shell says
  std::string out, err;
};

struct Setting {
  std::string folder = ".";
  std::vector<std::pair<std::string, std::string>> environment{};
  std::vector<int> closed{0};  // of input, output and errors, by number: as >&- in a shell
  bool terminal = false;       // both streams go to one terminal; Outcome::out holds what it got
  long largest_file = -1;      // bytes; writing more fails, as on a full disk
  int ignored_signal = 0;      // by whoever starts the program, as nohup does; 0: none
};

// One process of the program, started by the constructor.
class Process {
 public:
  Process(const Arguments& arguments, const Setting& setting);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  // Reads until standard error holds `text` so many times; false if the program ended without.
  bool wait_for_message(const std::string& text, std::uint64_t times = 1);
  void interrupt(int signal = SIGINT) const;
  void kill() const;  // SIGKILL: no chance to tidy up
  Outcome finish();

 private:
  bool read_some();

  pid_t id_ = -1;
  int out_ = -1, err_ = -1;
  Outcome outcome_;
};

Outcome run(const Arguments& arguments, const Setting& setting = {});

// Whether a Setting may ask for a terminal here: some containers have none to give.
bool has_terminals();

// A file of the project: source("data/iris.csv").
std::string source(const std::string& name);

std::string read(const std::string& path);

// In every test the program works in a new, empty folder.
class CommandLine : public ::testing::Test {
 protected:
  Outcome run(const Arguments& arguments) const { return run(arguments, {}); }
  Outcome run(const Arguments& arguments, Setting setting) const;

  // Standard output of a run that must succeed.
  std::string output(const Arguments& arguments) const;
  nlohmann::json json(const Arguments& arguments) const { return parsed(output(arguments)); }
  static nlohmann::json parsed(const std::string& text);
  // A run's summary.json without what train --json does not print: the header and the hashes.
  nlohmann::json summary_of(const std::string& folder) const;

  // The program says exactly `message`, on one line of standard error, ends with `code`, prints
  // nothing else, and leaves every file as it was.
  void expect_refusal(const Arguments& arguments, int code, const std::string& message) const;

  // The path, relative to the folder, and the contents of every file; folders end in a slash.
  std::map<std::string, std::string> files() const;

  std::string read(const std::string& name) const { return cli::read(folder_.file(name)); }
  std::string write(const std::string& name, std::string_view contents) const;

  const TemporaryFolder folder_;
};

}  // namespace chainrule::cli
