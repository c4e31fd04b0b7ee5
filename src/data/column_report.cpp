#include "data/column_report.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/validate.h"

namespace chainrule::data {
namespace {

std::vector<std::string> examples_of(const Table& table, const Column& column) {
  constexpr std::size_t most = 3;
  constexpr std::int64_t first_rows = 1000;
  std::vector<std::string> examples;
  for (std::int64_t row = 0; row < std::min(table.rows, first_rows) && examples.size() < most;
       ++row) {
    const std::string value = value_text(column, row);
    if (!value.empty() && std::ranges::find(examples, value) == examples.end())
      examples.push_back(value);
  }
  return examples;
}

std::string date_treatment(const ColumnEncoding& learnt, const std::string& days) {
  std::vector<std::string> parts;
  if (learnt.has_days()) parts.push_back("days " + days);
  if (learnt.has_year())
    parts.emplace_back(learnt.has_week() ? "place in year and week" : "place in the year");
  if (learnt.has_day_time()) parts.emplace_back("place in the day");
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

const char* scaling_words(Scaling scaling) {
  return scaling == Scaling::none     ? "as it is"
         : scaling == Scaling::minmax ? "scaled to [0, 1]"
                                      : "standardised";
}

ColumnReport describe(const Table& table, const Column& column) {
  ColumnReport line{column.name, "categorical", 0, "", "", examples_of(table, column)};
  if (column.kind == ColumnKind::categorical) {
    line.missing = std::count(column.codes.begin(), column.codes.end(), -1);
    line.values = fmt::format("{} distinct", column.categories.size());
    return line;
  }
  const bool is_date = column.kind == ColumnKind::date;
  line.kind = is_date ? "date" : "numeric";
  double low = INFINITY, high = -INFINITY;
  for (const double x : column.numbers) {
    line.missing += std::isnan(x);
    low = x < low ? x : low;
    high = x > high ? x : high;
  }
  line.values = low > high
                    ? "none"
                    : fmt::format("{} .. {}", number_text(column, low), number_text(column, high));
  return line;
}

std::string treatment(const Column& column, const ColumnEncoding& learnt, std::int64_t missing,
                      Scaling scaling) {
  const bool is_date = column.kind == ColumnKind::date;
  std::string text = learnt.scale == 0 ? "constant, becomes 0" : scaling_words(scaling);
  if (is_date) text = date_treatment(learnt, text);
  if (missing > 0) text += fmt::format(", missing as median {}", number_text(column, learnt.fill));
  if (learnt.missing_feature) text += " and a column that says so";
  if (!column.written.empty()) text += "; " + column.written;
  return text;
}

std::string read_as(const Dialect& dialect) {
  const std::string between =
      dialect.delimiter == ' ' ? "spaces"
      : dialect.delimiter == '\t'
          ? "tabs"
          : fmt::format("\"{}{}\"", dialect.delimiter,
                        dialect.doubled ? std::string(1, dialect.delimiter) : "");
  return fmt::format("read with {} between fields{}", between,
                     dialect.decimal == ',' ? " and decimal commas: 1,5 is one and a half" : "");
}

std::string plural(std::int64_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace chainrule::data
