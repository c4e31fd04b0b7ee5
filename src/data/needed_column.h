// Columns as a model needs them, and their fields in messages.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

// The column that an option, "group", names. Throws UsageError: arrays, or no such column.
const Column& named_column(const Rows& rows, const std::string& name, const char* option);

// The field, in quotes.
std::string shown(const Column& column, std::size_t row);

std::int64_t line_of(const Table& table, std::size_t row);
std::int64_t field_of(const Table& table, const Column& column);

// The numbers, or dates, of a column that held such in training; a text in it is an error with its
// line.
const std::vector<double>& needed_numbers(const Table& table, const Column& column,
                                          ColumnKind kind = ColumnKind::numeric);

}  // namespace chainrule::data
