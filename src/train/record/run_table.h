// The tables that grow while a run trains: a line with the columns' names, then lines of fields
// between commas. A line ends with its check, a hash of the line and of the check before it, the
// first one of the run's id. So a line that was changed, lost, moved or taken from another run is
// known. A last line without an end was cut off, by a crash or a full disk, and is none. In format
// 0 there are no checks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/file.h"
#include "train/settings/run_header.h"

namespace chainrule {

// Where a line that is whole stands in its table, in bytes, and the check that it ends with.
struct TablePlace {
  std::size_t begin = 0, end = 0;
  std::string text{};  // without its check
  std::uint64_t check = 0;
  std::string comment{};  // the last one before it
};

struct TablePlaces {
  std::vector<TablePlace> lines{};
  std::optional<std::int64_t> bad_line{};  // the first that is damaged, from 1; nothing after it
  bool has_checks = true;
  bool has_more = false;  // a line without an end follows
};

// `run` is the run's id, empty in format 0. `take` reads a line's fields, without the check, and
// says whether they make sense there.
TablePlaces read_table(std::string_view text, std::string_view columns, const std::string& run,
                       const std::function<bool(const Fields&)>& take);

// What a table in a run's folder holds: the lines before the first damaged one.
template <class Line>
struct RunTable {
  std::vector<Line> lines{};
  TablePlaces places{};
};

// Throws DataError, which names the line, if one is damaged.
void require_whole(const TablePlaces& places, const std::string& path);

// Writes a table while the run goes on.
class TableWriter {
 public:
  // A comment, if it is not empty, stands before the names of the columns.
  TableWriter(std::string path, std::string columns, const std::string& run, std::string comment);

  void restart();  // an empty table
  // Goes on after so many of the lines that were read from the file.
  void keep(const TablePlaces& read, std::size_t lines);
  void add(std::string_view line);  // without check and end
  void flush();                     // to the disk. Throws DataError, and then it can be tried again
  std::string last_check() const;   // of the last line, or "" without lines

 private:
  void say_comment();

  GrowingFile file_;
  std::string columns_, comment_;
  std::uint64_t first_check_, check_;
  std::size_t lines_ = 0;
  std::string pending_;
};

}  // namespace chainrule
