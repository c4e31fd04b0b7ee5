#include "data/row_weights.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "data/needed_column.h"
#include "data/words.h"

namespace chainrule::data {

std::vector<float> row_weights(const Rows& source, const std::string& column, const Target& target,
                               std::span<const std::int64_t> training_rows) {
  const Column& found = named_column(source, column, "weight");
  const Table& table = std::get<Table>(source);
  if (std::ranges::find(target.columns, column) != target.columns.end())
    throw UsageError(fmt::format("weight: {} is the target; name another column", quote(column)));
  const std::vector<double>& numbers = needed_numbers(table, found);
  double sum = 0;
  for (const std::int64_t row : training_rows) {
    const auto at = static_cast<std::size_t>(row);
    if (!(numbers[at] >= 0 && std::isfinite(numbers[at])))
      throw DataError(
          {table.file, line_of(table, at), field_of(table, found)},
          fmt::format("column {} says how many times a row counts, and is {} here; it "
                      "must be 0 or more",
                      quote(column), std::isnan(numbers[at]) ? "empty" : shown(found, at)));
    sum += numbers[at];
  }
  if (sum == 0)
    throw UsageError(fmt::format("weight: {} is 0 in all training rows", quote(column)));
  std::vector<float> weights(numbers.size(), 1);
  for (const std::int64_t row : training_rows) {
    const auto at = static_cast<std::size_t>(row);
    weights[at] = static_cast<float>(numbers[at] / sum * static_cast<double>(training_rows.size()));
  }
  return weights;
}

}  // namespace chainrule::data
