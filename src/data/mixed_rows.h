// Rows that nobody wrote: each column's value from a row of its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

// Exchanges columns among rows that are encoded already, which is the same as exchanging the fields
// in their table: a column's features depend on its own field alone. One row is at hand; columns
// are put into it, and as it then is it becomes the next row of a dataset.
class MixedRows {
 public:
  // Throws UsageError for an encoder of arrays, which have no columns. It must outlive this.
  explicit MixedRows(const Encoder& encoder);

  std::size_t columns() const { return first_.size() - 1; }
  std::int64_t rows() const { return rows_.rows_; }  // that were added
  const Dataset& data() const { return rows_; }      // without targets

  // The datasets are tables, encoded by this encoder.
  void start(const Dataset& from, std::int64_t row);
  void take(std::size_t column, const Dataset& from, std::int64_t row);
  void add();    // the row at hand, which stays
  void clear();  // the dataset; the row at hand stays

  // A column's features in such a row.
  std::span<const float> features(std::size_t column, const Dataset& from, std::int64_t row) const;

 private:
  std::span<const float> row_of(const Dataset& from, std::int64_t row) const;

  std::vector<std::size_t> first_;  // of each column's features; the last is the width
  std::vector<float> at_hand_;      // [width]
  Dataset rows_;
};

}  // namespace chainrule::data
