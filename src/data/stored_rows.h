// Rows of large array files, which stay there. They are read (pread) and not mapped: a rank's limit
// on its address space counts what is mapped, and a mapped file that somebody cuts short ends the
// program where a read is an error in words. Threads: many may read.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "base/file.h"
#include "data/array_numbers.h"
#include "data/arrays.h"

namespace chainrule::data {

class StoredRows {
 public:
  // `form` is what the file's header says. Throws DataError: not to be opened.
  StoredRows(const std::string& path, const ArrayForm& form);

  const std::string& path() const { return file_.path(); }
  const Shape& shape() const { return form_.shape; }
  std::int64_t rows() const { return rows_; }
  std::int64_t width() const { return width_; }
  double at(std::int64_t index) const;  // of all numbers

  // Puts `count` rows from `first` on in the place of what is in `to`; `bytes` is room to work in.
  // Throws DataError: the file has become shorter, or holds a number that is not read.
  void read(std::int64_t first, std::int64_t count, std::string& bytes, Numbers& to) const;
  // Throws DataError if the file was written since it was opened.
  void require_unchanged() const { file_.require_unchanged(); }
  // Rows of about a megabyte, which are read at once where rows follow each other.
  std::int64_t rows_at_once() const;

  // CRC-32 of the numbers as they are in memory, and their bytes there. The first call reads the
  // whole file.
  struct Sum {
    std::uint64_t crc = 0;
    std::int64_t bytes = 0;
  };
  Sum sum() const;
  // Of the file's contents on this machine: files of one identity are one file.
  std::string identity() const { return file_.identity(); }

 private:
  FileInParts file_;
  ArrayForm form_;
  std::int64_t rows_, width_, row_bytes_;
  mutable std::mutex mutex_;
  mutable std::optional<Sum> sum_;
};

// One row after the other.
class RowReader {
 public:
  explicit RowReader(const StoredRows& rows) : rows_(rows) {}

  // Calls `see` with the row's numbers, a span of one of three types.
  template <class See>
  void read(std::int64_t row, See see) {
    fetch(row);
    const auto width = static_cast<std::size_t>(rows_.width());
    const auto at = static_cast<std::size_t>(row - first_) * width;
    std::visit([&](const auto& values) { see(std::span(values).subspan(at, width)); }, numbers_);
  }

 private:
  static constexpr std::int64_t nearly = 16;
  void fetch(std::int64_t row);

  const StoredRows& rows_;
  std::int64_t first_ = -1, last_ = -nearly;  // those that are here, to before the last
  std::string bytes_;
  Numbers numbers_;
};

// Calls see(row, numbers) for these rows of an array, wherever they are.
template <class See>
void for_rows(const Array& array, std::span<const std::int64_t> rows, See see) {
  const auto width = static_cast<std::size_t>(array.width());
  if (!array.stored) {
    std::visit(
        [&](const auto& values) {
          for (const std::int64_t row : rows)
            see(row, std::span(values).subspan(static_cast<std::size_t>(row) * width, width));
        },
        array.values);
    return;
  }
  RowReader reader(*array.stored);
  for (const std::int64_t row : rows)
    reader.read(row, [&](const auto numbers) { see(row, numbers); });
  array.stored->require_unchanged();
}

// Files that are larger are not read as a whole.
inline constexpr std::int64_t largest_in_memory = std::int64_t{64} << 20;

// A plain array file of which the rows can stay where they are, if it is larger; else nothing. What
// the values are, and a note, are in the array. Throws DataError.
std::optional<Array> stored_array(const std::string& path,
                                  std::int64_t larger_than = largest_in_memory);

}  // namespace chainrule::data
