#include "data/needed_column.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/suggest.h"
#include "data/column_doubts.h"
#include "data/validate.h"
#include "data/words.h"

namespace chainrule::data {

const Column& named_column(const Rows& rows, const std::string& name, const char* option) {
  const auto* table = std::get_if<Table>(&rows);
  if (table == nullptr)
    throw UsageError(
        fmt::format("{}: arrays have no column {}; leave it out", option, quote(name)));
  if (const Column* column = table->find(name)) return *column;
  throw UsageError(fmt::format("{}: {} has no column {}; {}", option, table->file, quote(name),
                               suggestion(name, table->names())));
}

std::string shown(const Column& column, std::size_t row) {
  return quote(value_text(column, static_cast<std::int64_t>(row)));
}

std::int64_t line_of(const Table& table, std::size_t row) {
  return table.lines.of(static_cast<std::int64_t>(row));
}

std::int64_t field_of(const Table& table, const Column& column) {
  const Column* const first = table.columns.data();
  // A second number has the field of the first one.
  return std::count_if(first, &column + 1,
                       [](const Column& one) { return one.number_kind != NumberKind::second; });
}

const std::vector<double>& needed_numbers(const Table& table, const Column& column,
                                          ColumnKind kind) {
  if (column.kind == kind) return column.numbers;
  const std::string what = kind == ColumnKind::date ? "date" : "number";
  const auto is_needed = [&](std::size_t row) {
    if (column.kind != ColumnKind::categorical) return std::isnan(column.numbers[row]);
    const std::int32_t code = column.codes[row];
    if (code < 0) return true;
    const std::string& text = column.categories[static_cast<std::size_t>(code)];
    return is_missing(text) || std::ranges::find(column.words, text) != column.words.end() ||
           (kind == ColumnKind::numeric && parse_number(text));
  };
  Mistakes mistakes;
  std::size_t first = 0;
  for (std::size_t row = 0; row < static_cast<std::size_t>(table.rows); ++row)
    if (!is_needed(row)) {
      if (mistakes.count == 0) first = row;
      mistakes.add(value_text(column, static_cast<std::int64_t>(row)), line_of(table, row));
    }
  if (mistakes.count > 0)
    throw DataError(
        {table.file, line_of(table, first), field_of(table, column)},
        fmt::format("column {}: {}, and the model was trained on {}s there; mend it, or leave the "
                    "field empty if it is missing",
                    quote(column.name), mistakes_are_no(mistakes, what.c_str()), what));
  if (column.kind != ColumnKind::categorical) return column.numbers;  // all of them missing
  throw DataError({table.file},
                  fmt::format("column {} was read as text, and the model was trained on "
                              "{}s there; do not list it as categorical",
                              quote(column.name), what));
}

}  // namespace chainrule::data
