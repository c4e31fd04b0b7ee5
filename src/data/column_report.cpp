#include "data/column_report.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/validate.h"
#include "words/messages.h"

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

Text date_treatment(const ColumnEncoding& learnt, const Text& days) {
  Text parts;
  const auto add = [&](const Text& part) { parts += (parts.empty() ? "" : ", ") + part; };
  if (learnt.has_days()) add(in_words(Phrase::column_days, days));
  if (learnt.has_year())
    add(in_words(learnt.has_week() ? Phrase::column_year_and_week : Phrase::column_year));
  if (learnt.has_day_time()) add(in_words(Phrase::column_day));
  return parts;
}

}  // namespace

Text scaling_words(Scaling scaling) {
  return in_words(scaling == Scaling::none     ? Phrase::column_as_is
                  : scaling == Scaling::minmax ? Phrase::column_to_unit
                                               : Phrase::column_standardised);
}

ColumnReport describe(const Table& table, const Column& column) {
  ColumnReport line{.name = column.name,
                    .kind = in_words(Phrase::column_categorical),
                    .values = {},
                    .treatment = {},
                    .examples = examples_of(table, column)};
  if (column.kind == ColumnKind::categorical) {
    line.missing = std::count(column.codes.begin(), column.codes.end(), -1);
    line.values = in_words(Phrase::column_distinct, column.categories.size());
    return line;
  }
  const bool is_date = column.kind == ColumnKind::date;
  line.kind = in_words(is_date ? Phrase::column_date : Phrase::column_numeric);
  double low = INFINITY, high = -INFINITY;
  for (const double x : column.numbers) {
    line.missing += std::isnan(x);
    low = x < low ? x : low;
    high = x > high ? x : high;
  }
  line.values = low > high ? in_words(Phrase::column_none)
                           : Text(number_text(column, low) + " .. " + number_text(column, high));
  return line;
}

Text treatment(const Column& column, const ColumnEncoding& learnt, std::int64_t missing,
               Scaling scaling) {
  const bool is_date = column.kind == ColumnKind::date;
  Text text = learnt.scale == 0 ? in_words(Phrase::column_constant) : scaling_words(scaling);
  if (is_date) text = date_treatment(learnt, text);
  if (missing > 0)
    text += ", " +
            in_words(learnt.missing_feature ? Phrase::column_median_flagged : Phrase::column_median,
                     number_text(column, learnt.fill));
  if (!column.written.empty()) text += "; " + column.written;
  return text;
}

Text read_as(const Dialect& dialect) {
  const Text between =
      dialect.delimiter == ' ' ? in_words(Phrase::read_between_spaces)
      : dialect.delimiter == '\t'
          ? in_words(Phrase::read_between_tabs)
          : Text(fmt::format("\"{}{}\"", dialect.delimiter,
                             dialect.doubled ? std::string(1, dialect.delimiter) : ""));
  return in_words(Phrase::read_with, between,
                  dialect.decimal == ',' ? in_words(Phrase::read_decimal_commas) : Text());
}

std::string plural(std::int64_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace chainrule::data
