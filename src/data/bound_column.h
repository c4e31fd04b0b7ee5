// A column's features before they are in rows.
#pragma once

#include <cstdint>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

// One column of a table, ready to be written into rows; 4 bytes per row.
struct BoundColumn {
  const ColumnEncoding* encoding;
  std::vector<float> numbers{};  // [rows, parts] numeric: the feature; a date: its parts
  std::vector<bool>
      missing{};  // not categorical: where there was nothing, if there is a feature of it
  std::vector<std::int32_t> codes{};  // categorical
  std::vector<std::int32_t> ids{};    // of texts, one after the other
  std::vector<std::size_t> ends{};    // [rows] among them

  std::size_t parts() const {
    return static_cast<std::size_t>(encoding->width() - (encoding->missing_feature ? 1 : 0));
  }
};

// Throws DataError: a text where a number is needed, or a number too large for float32.
BoundColumn bind(const ColumnEncoding& how, const Table& table, const Column& column);

// Writes the features of one row, as many as the encoding is wide.
void write_feature(const BoundColumn& bound, std::size_t row, float* to);

}  // namespace chainrule::data
