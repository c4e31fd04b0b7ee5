// The other processes of a job, where mpirun, srun or the like has started this one as a rank.
#pragma once

#include <memory>
#include <string>

#include "chainrule/communicator.h"

bool is_rank();  // whether one of these has

class Launched {
 public:
  // Null where nobody has. Throws DataError if MPI cannot be loaded.
  static std::unique_ptr<Launched> find();
  ~Launched();  // ends MPI, when all ranks have come to their end
  Launched(const Launched&) = delete;
  Launched& operator=(const Launched&) = delete;

  chainrule::Communicator& ranks() { return *ranks_; }
  // What has gone wrong on this rank, told by one of them, and the end of all. Does not return.
  [[noreturn]] void abort(const std::string& what, int exit_code);

 private:
  struct Library;
  explicit Launched(std::unique_ptr<Library> library);

  std::unique_ptr<Library> library_;
  chainrule::Communicator* ranks_;
};
