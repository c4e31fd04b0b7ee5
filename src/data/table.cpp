// Tables and examples as they are in memory.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "data/date_form.h"
#include "data/validate.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

void validate(const Table& table, const Column& column) {
  const bool numeric = column.kind != ColumnKind::categorical;
  const std::size_t rows = numeric ? column.numbers.size() : column.codes.size();
  if (static_cast<std::int64_t>(rows) != table.rows)
    throw UsageError(fmt::format(
        "table {}: column {} has {} {}, and the table has {} rows; give "
        "one per row",
        quote(table.file), quote(column.name), rows, numeric ? "numbers" : "codes", table.rows));
  const auto count = static_cast<std::int64_t>(column.categories.size());
  const auto bad = std::ranges::find_if_not(
      column.codes, [&](std::int32_t code) { return code >= -1 && code < count; });
  if (!numeric && bad != column.codes.end())
    throw UsageError(
        fmt::format("table {}: column {} holds the code {}, and it has {} categories; "
                    "give -1 for missing, or an index into them",
                    quote(table.file), quote(column.name), *bad, count));
}

void validate(const Array& array) {
  if (array.stored) return;  // its file was compared with its shape
  const std::size_t count =
      std::visit([](const auto& values) { return values.size(); }, array.values);
  if (static_cast<std::int64_t>(count) != array.shape.size())
    throw UsageError(fmt::format("array {}: shape {} needs {} values, got {}", quote(array.file),
                                 array.shape.to_string(), array.shape.size(), count));
  if (array.words.empty()) return;
  const auto words = static_cast<double>(array.words.size());
  for (std::int64_t i = 0; i < array.shape.size(); ++i) {
    const double place = array.at(i);
    if (std::isnan(place) || (place >= 0 && place < words && place == std::floor(place))) continue;
    throw UsageError(
        fmt::format("array {}: value {} is {}, and there are {} words; give NaN for a "
                    "missing one, or a place among them",
                    quote(array.file), i + 1, place, array.words.size()));
  }
}

}  // namespace

std::string number_text(const Column& column, double value) {
  return column.kind == ColumnKind::date ? date_text(value, column.order, column.has_time)
                                         : number_text(value);
}

std::string value_text(const Column& column, std::int64_t row) {
  const auto i = static_cast<std::size_t>(row);
  if (column.kind != ColumnKind::categorical)
    return std::isnan(column.numbers[i]) ? "" : number_text(column, column.numbers[i]);
  const std::int32_t code = column.codes[i];
  return code < 0 ? "" : column.categories[static_cast<std::size_t>(code)];
}

Column column_of(const Array& array) {
  Column column;
  column.categories = array.words;
  column.kind = array.words.empty() ? ColumnKind::numeric : ColumnKind::categorical;
  for (std::int64_t row = 0; row < array.rows(); ++row) {
    const double value = array.at(row);
    if (array.words.empty())
      column.numbers.push_back(value);
    else
      column.codes.push_back(std::isnan(value) ? -1 : static_cast<std::int32_t>(value));
  }
  return column;
}

std::int64_t LineNumbers::of(std::int64_t row) const {
  if (row < 0 || row >= size_) return 0;
  auto stretch = stretches_.end() - 1;  // where a reader asks, and all there is of most files
  if (row < stretch->row)
    stretch = std::ranges::upper_bound(stretches_, row, {}, &Stretch::row) - 1;
  return stretch->line + (row - stretch->row);
}

const Column* Table::find(std::string_view name) const {
  for (const Column& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

std::vector<std::string> Table::names() const {
  std::vector<std::string> all;
  for (const Column& column : columns) all.push_back(column.name);
  return all;
}

void validate(const Table& table) {
  if (table.lines.size() != 0 && table.lines.size() != table.rows)
    throw UsageError(
        fmt::format("table {}: {} rows have a line, and the table has {} rows; give a "
                    "line for each, or for none",
                    quote(table.file), table.lines.size(), table.rows));
  for (const Column& column : table.columns) validate(table, column);
}

void validate(const Examples& examples) {
  validate(examples.features);
  if (!examples.features.words.empty())
    throw DataError({examples.features.file},
                    fmt::format("holds text such as {}; features are numbers: convert them with "
                                "astype(\"float32\"), or give a table as CSV",
                                quote(examples.features.words[0])));
  const std::size_t names = examples.features.names.size();
  if (names > 0 && static_cast<std::int64_t>(names) != examples.features.rows())
    throw UsageError(fmt::format("{} pictures and {} names of their files; give one for each",
                                 examples.features.rows(), names));
  if (!examples.targets) return;
  const Array& y = *examples.targets;
  validate(y);
  if (y.rows() != examples.features.rows() || y.width() == 0)
    throw DataError({y.file},
                    fmt::format("has shape {} and {} has shape {}; give one target per row",
                                y.shape.to_string(), examples.features.file,
                                examples.features.shape.to_string()));
}

}  // namespace chainrule::data
