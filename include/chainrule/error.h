// The three ways in which the library says no. It never prints, exits or aborts. Memory that is not
// there is a DataError from every function that reads, trains, computes, explains or writes; only
// what values are made of (shapes, tensors, graphs, lists of layers) are containers, and may throw
// std::bad_alloc as the standard's do. What a caller's own function throws, such as on_progress,
// comes out as it is. One exception is not ours to mend: freeing a parsed JSON text takes some
// bytes, and where not even those are there, the process ends.
//
// Threads, in all headers: different objects share nothing that can be seen, so each thread may
// work with its own. What two threads may do with one object, each header says.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace chainrule {

// The caller's mistake: a shape that does not fit, a negative rate, an unknown name.
// what() says what was given, the rule it broke, and the way out.
class UsageError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

// Where in a file something is wrong; line and column count from 1, 0 means "the file as a whole".
struct FilePlace {
  std::string file;
  std::int64_t line = 0;
  std::int64_t column = 0;
};

// A file that is missing, damaged, or holds what it should not.
// what() reads "file:line:column: what is wrong; what to do", without the parts that are 0.
class DataError : public std::runtime_error {
 public:
  DataError(FilePlace where, const std::string& what_is_wrong);
  const FilePlace& where() const { return where_; }

 private:
  FilePlace where_;
};

// A fault of the library itself. what() asks for a report.
class InternalError : public std::logic_error {
 public:
  explicit InternalError(const std::string& what_is_wrong);
};

}  // namespace chainrule
