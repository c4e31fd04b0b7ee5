// What a column, or what training learnt of one, lets the reader of the next file expect.
#pragma once

#include <string>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

// Of a Column or a ColumnEncoding.
template <class Described>
ExpectedColumn expected_like(const Described& column) {
  return {.kind = column.kind,
          .order = column.order,
          .words = column.words,
          .number_kind = column.number_kind,
          .unit = column.unit};
}

// The names of the table's columns as its file has them: two numbers in one field are one column.
inline std::vector<std::string> names_in_file(const Table& table) {
  std::vector<std::string> names;
  for (const Column& column : table.columns)
    if (column.number_kind != NumberKind::second) names.push_back(column.name);
  return names;
}

}  // namespace chainrule::data
