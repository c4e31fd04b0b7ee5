#include "data/bound_column.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/elementary.h"
#include "data/date_form.h"
#include "data/name_index.h"
#include "data/needed_column.h"
#include "data/text_words.h"
#include "data/validate.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

// Sine and cosine of a place on a circle, from 0 to 1.
void write_on_circle(double place, float* to) {
  to[0] = static_cast<float>(elementary::cos_of_turns(place - 0.25));
  to[1] = static_cast<float>(elementary::cos_of_turns(place));
}

void write_date_parts(const ColumnEncoding& how, double days, float* to) {
  const auto write_place = [&](double place) {
    write_on_circle(place, to);
    to += 2;
  };
  if (how.has_days()) *to++ = static_cast<float>((days - how.shift) * how.scale);
  if (how.has_year()) write_place(place_in_year(days));
  if (how.has_week()) write_place(place_in_week(days));
  if (how.has_day_time()) write_place(days - std::floor(days));
}

BoundColumn bind_text(const ColumnEncoding& how, const Table& table, const Column& column) {
  BoundColumn bound{&how};
  TextIds ids(how.buckets);
  for (std::int64_t row = 0; row < table.rows; ++row) {
    const std::string text = value_text(column, row);
    const bool is_absent = is_missing(text);
    if (!is_absent) {
      const std::vector<std::int32_t>& own = ids.of(text, static_cast<std::size_t>(how.slots));
      bound.ids.insert(bound.ids.end(), own.begin(), own.end());
    }
    bound.ends.push_back(bound.ids.size());
    if (how.missing_feature) bound.missing.push_back(is_absent);
  }
  return bound;
}

void write_ids(const BoundColumn& bound, std::size_t row, float* to) {
  const std::size_t first = row == 0 ? 0 : bound.ends[row - 1];
  const auto slots = static_cast<std::size_t>(bound.encoding->slots);
  std::fill_n(to, slots, 0.0f);
  for (std::size_t i = first; i < bound.ends[row]; ++i)
    to[i - first] = static_cast<float>(bound.ids[i]);
  if (bound.encoding->missing_feature) to[slots] = bound.missing[row] ? 1.0f : 0.0f;
}

}  // namespace

BoundColumn bind(const ColumnEncoding& how, const Table& table, const Column& column) {
  if (how.kind == ColumnKind::text) return bind_text(how, table, column);
  BoundColumn bound{&how};
  if (how.kind == ColumnKind::categorical) {
    bound.codes = NameIndex(how.categories).of(column);
    return bound;
  }
  const std::vector<double>& numbers = needed_numbers(table, column, how.kind);
  const std::size_t parts = bound.parts();
  bound.numbers.resize(numbers.size() * parts);
  if (how.missing_feature) bound.missing.resize(numbers.size());
  for (std::size_t row = 0; row < numbers.size(); ++row) {
    const bool is_missing = std::isnan(numbers[row]);
    const double x = is_missing ? how.fill : numbers[row];
    float* to = bound.numbers.data() + row * parts;
    if (how.kind == ColumnKind::date)
      write_date_parts(how, x, to);
    else
      to[0] = static_cast<float>((x - how.shift) * how.scale);
    if (!std::isfinite(to[0]))
      throw DataError(
          {table.file, line_of(table, row), field_of(table, column)},
          fmt::format("column {}: {} is too large for float32 here; mend it, use other units, "
                      "or scale the data",
                      quote(how.name), number_text(x)));
    if (how.missing_feature) bound.missing[row] = is_missing;
  }
  return bound;
}

void write_feature(const BoundColumn& bound, std::size_t row, float* to) {
  const ColumnEncoding& how = *bound.encoding;
  if (how.kind == ColumnKind::text) return write_ids(bound, row, to);
  if (how.kind != ColumnKind::categorical) {
    const std::size_t parts = bound.parts();
    std::copy_n(bound.numbers.data() + row * parts, parts, to);
    if (how.missing_feature) to[parts] = bound.missing[row] ? 1.0f : 0.0f;
    return;
  }
  std::fill(to, to + how.width(), 0.0f);
  const std::int32_t code = bound.codes[row];
  if (code >= 0) to[code] = 1;
  if (code == unknown_code && how.other_feature) to[how.categories.size()] = 1;
  if (code == missing_code && how.missing_feature) to[how.width() - 1] = 1;
}

}  // namespace chainrule::data
