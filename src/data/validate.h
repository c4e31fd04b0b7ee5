// What everything that takes a table or arrays relies on. Files are read so; what a caller puts
// together in memory may be otherwise.
#pragma once

#include <string>

#include "chainrule/data.h"

namespace chainrule::data {

// Throws UsageError: columns of other lengths than `rows`, codes without a category, lines for some
// rows only.
void validate(const Table& table);

// Throws UsageError: fewer or more values than the shape has. Throws DataError: features and
// targets of unequal row count, words as features.
void validate(const Examples& examples);

// An array of one value per row as a column: numbers, or words as categories.
Column column_of(const Array& array);

// A column's number, or date, as text; the value of one of its rows, "" where that is missing.
std::string number_text(const Column& column, double value);
std::string value_text(const Column& column, std::int64_t row);

}  // namespace chainrule::data
