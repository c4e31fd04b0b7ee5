#include "data/stored_rows.h"

#include <algorithm>

#include <fmt/format.h>
#include <zlib.h>

#include "chainrule/error.h"
#include "words/messages.h"

namespace chainrule::data {

StoredRows::StoredRows(const std::string& path, const ArrayForm& form)
    : file_(path),
      form_(form),
      rows_(form.shape.rank() == 0 ? 1 : form.shape[0]),
      width_(rows_ == 0 ? 0 : form.shape.size() / rows_),
      row_bytes_(width_ * bytes_per_number(form.type)) {}

std::int64_t StoredRows::rows_at_once() const {
  constexpr std::int64_t at_once = std::int64_t{1} << 20;
  return std::max<std::int64_t>(1, at_once / std::max<std::int64_t>(1, row_bytes_));
}

void StoredRows::read(std::int64_t first, std::int64_t count, std::string& bytes,
                      Numbers& to) const {
  bytes.resize(static_cast<std::size_t>(count * row_bytes_));
  file_.read(static_cast<std::int64_t>(form_.start) + first * row_bytes_, bytes);
  unpack_numbers(form_.type, bytes, file_.path(), first * width_, to);
}

double StoredRows::at(std::int64_t index) const {
  double value = 0;
  RowReader(*this).read(index / width_, [&](const auto row) {
    value = static_cast<double>(row[static_cast<std::size_t>(index % width_)]);
  });
  return value;
}

StoredRows::Sum StoredRows::sum() const {
  const std::lock_guard lock(mutex_);
  if (sum_) return *sum_;
  Sum all{.crc = crc32(0, nullptr, 0)};
  std::string bytes;
  Numbers numbers;
  for (std::int64_t first = 0; first < rows_; first += rows_at_once()) {
    read(first, std::min(rows_at_once(), rows_ - first), bytes, numbers);
    std::visit(
        [&](const auto& values) {
          const auto seen = std::as_bytes(std::span(values));
          all.crc = crc32_z(all.crc, reinterpret_cast<const Bytef*>(seen.data()), seen.size());
          all.bytes += static_cast<std::int64_t>(seen.size());
        },
        numbers);
  }
  require_unchanged();
  sum_ = all;
  return all;
}

// Rows that nearly follow each other, as those of a part do, are read a megabyte at a time; others
// one by one.
void RowReader::fetch(std::int64_t row) {
  if (row >= first_ && row < last_) return;
  const bool goes_on = row >= last_ && row < last_ + nearly;
  const std::int64_t count = goes_on ? std::min(rows_.rows_at_once(), rows_.rows() - row) : 1;
  first_ = last_ = row;
  rows_.read(row, count, bytes_, numbers_);
  last_ = row + count;
}

std::optional<Array> stored_array(const std::string& path, std::int64_t larger_than) {
  const std::int64_t size = plain_size(path);
  if (size <= larger_than) return std::nullopt;
  constexpr std::int64_t longest_header = std::int64_t{1} << 17;
  std::string beginning(static_cast<std::size_t>(std::min(size, longest_header)), '\0');
  FileInParts(path).read(0, beginning);
  const bool is_npy = looks_like_npy(beginning);
  if (!is_npy && !looks_like_idx(beginning)) return std::nullopt;
  const ArrayForm form = is_npy ? npy_form(beginning, size, path) : idx_form(beginning, size, path);
  if (form.is_fortran_order || bytes_per_number(form.type) == 0 || form.shape.size() == 0)
    return std::nullopt;
  const auto rows = std::make_shared<const StoredRows>(path, form);
  Array array{.file = path, .shape = form.shape, .values = {}};
  std::string bytes;
  rows->read(0, 0, bytes, array.values);  // their type
  array.notes.push_back(in_words(Phrase::stays_in_file, path, static_cast<double>(size) / 1e6));
  array.stored = rows;
  return array;
}

}  // namespace chainrule::data
