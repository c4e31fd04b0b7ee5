#include "data/column_value.h"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "base/elementary.h"
#include "data/date_form.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

bool has_feature(const ColumnEncoding& how, double x, float feature) {
  return static_cast<float>((x - how.shift) * how.scale) == feature;
}

double widened(const ColumnEncoding& how, float feature) {
  return how.scale == 0 ? how.shift : static_cast<double>(feature) / how.scale + how.shift;
}

std::string shortest_number(const ColumnEncoding& how, float feature) {
  const double x = widened(how, feature);
  if (how.scale != 0 && has_feature(how, 0, feature)) return "0";  // which has no digits to round
  for (int digits = 1; digits < 17; ++digits)
    if (const auto rounded = parse_number(fmt::format("{:.{}g}", x, digits));
        rounded && has_feature(how, *rounded, feature) && (how.scale != 0 || *rounded == how.shift))
      return number_text(*rounded);
  return number_text(x);
}

// The place on a circle, from 0 up to 1, of which these are sine and cosine.
double place_on(std::span<const float> circle) {
  const double turns = std::atan2(static_cast<double>(circle[0]), static_cast<double>(circle[1])) /
                       (2 * std::numbers::pi);
  return turns < 0 ? turns + 1 : turns;
}

// Of the days of a leap year the one whose place in the year is nearest.
double day_of_year(double place) {
  constexpr int first = 10957, count = 366;  // 2000-01-01, in days since 1970-01-01
  double nearest = first, least = 1;
  for (int day = first; day < first + count; ++day) {
    const double away = std::abs(place_in_year(day) - place);
    const double distance = std::min(away, 1 - away);
    if (distance < least) least = distance, nearest = day;
  }
  return nearest;
}

std::string date_words(const ColumnEncoding& how, std::span<const float> features) {
  constexpr double seconds = 86400;
  const auto to_second = [](double days) { return std::round(days * seconds) / seconds; };
  if (how.order == DateOrder::time_only)
    return date_text(to_second(place_on(features)), how.order, true);
  if (!how.has_days()) return date_text(day_of_year(place_on(features)), how.order, how.has_time);
  const double days = widened(how, features[0]);
  return date_text(how.has_time ? to_second(days) : std::round(days), how.order, how.has_time);
}

}  // namespace

ColumnValue column_value(const ColumnEncoding& how, std::span<const float> features) {
  using Kind = ColumnValue::Kind;
  if (how.missing_feature && features.back() == 1) return {Kind::missing};
  if (how.kind == ColumnKind::categorical) {
    for (std::size_t k = 0; k < how.categories.size(); ++k)
      if (features[k] == 1) return {Kind::given, how.categories[k]};
    return {how.other_feature && features[how.categories.size()] == 1 ? Kind::other
                                                                      : Kind::missing};
  }
  if (how.kind == ColumnKind::text) return {features[0] == 0 ? Kind::missing : Kind::given};
  if (how.kind == ColumnKind::date) return {Kind::given, date_words(how, features)};
  const std::string number = shortest_number(how, features[0]);
  return {Kind::given, how.unit.empty() ? number : number + " " + how.unit};
}

}  // namespace chainrule::data
