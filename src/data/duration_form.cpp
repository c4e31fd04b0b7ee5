#include "data/duration_form.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "data/text_scan.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

constexpr std::size_t longest_duration = 40;
constexpr double per_minute = 60, per_hour = 3600, per_day = 86400, per_week = 7 * per_day;
// Of the calendar's average: 365.25 days, and a twelfth of them.
constexpr double per_year = 365.25 * per_day, per_month = per_year / 12;
constexpr double most_years = 200;  // more are the name of a year

// The longer of two that begin alike comes first.
constexpr std::array<std::pair<std::string_view, double>, 48> units{{{"years", per_year},
                                                                     {"year", per_year},
                                                                     {"yrs", per_year},
                                                                     {"yr", per_year},
                                                                     {"y", per_year},
                                                                     {"jahre", per_year},
                                                                     {"jahr", per_year},
                                                                     {"년", per_year},
                                                                     {"months", per_month},
                                                                     {"month", per_month},
                                                                     {"mos", per_month},
                                                                     {"mo", per_month},
                                                                     {"monate", per_month},
                                                                     {"monat", per_month},
                                                                     {"개월", per_month},
                                                                     {"weeks", per_week},
                                                                     {"week", per_week},
                                                                     {"w", per_week},
                                                                     {"주", per_week},
                                                                     {"wochen", per_week},
                                                                     {"days", per_day},
                                                                     {"day", per_day},
                                                                     {"d", per_day},
                                                                     {"tage", per_day},
                                                                     {"tag", per_day},
                                                                     {"일", per_day},
                                                                     {"hours", per_hour},
                                                                     {"hour", per_hour},
                                                                     {"hrs", per_hour},
                                                                     {"hr", per_hour},
                                                                     {"h", per_hour},
                                                                     {"stunden", per_hour},
                                                                     {"std.", per_hour},
                                                                     {"std", per_hour},
                                                                     {"시간", per_hour},
                                                                     {"minutes", per_minute},
                                                                     {"minuten", per_minute},
                                                                     {"minute", per_minute},
                                                                     {"mins", per_minute},
                                                                     {"min.", per_minute},
                                                                     {"min", per_minute},
                                                                     {"m", per_minute},
                                                                     {"분", per_minute},
                                                                     {"seconds", 1},
                                                                     {"secs", 1},
                                                                     {"sec", 1},
                                                                     {"s", 1},
                                                                     {"초", 1}}};

std::size_t digits_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

// Digits, perhaps with a fraction behind a point or a comma.
std::optional<double> take_decimal(std::string_view& text) {
  const std::size_t whole = digits_of(text);
  if (whole == 0) return std::nullopt;
  std::string number(text.substr(0, whole));
  text.remove_prefix(whole);
  if (text.starts_with('.') || text.starts_with(',')) {
    const std::size_t fraction = digits_of(text.substr(1));
    if (fraction == 0) return std::nullopt;
    number += "." + std::string(text.substr(1, fraction));
    text.remove_prefix(1 + fraction);
  }
  return parse_number(number);
}

// Two digits below 60, taken off the text.
std::optional<double> take_sixtieths(std::string_view& text) {
  if (digits_of(text) != 2 || text[0] > '5') return std::nullopt;
  const double value = 10 * (text[0] - '0') + (text[1] - '0');
  text.remove_prefix(2);
  return value;
}

// 26:30:00, 58:10: all of the text.
std::optional<double> read_clock(std::string_view text) {
  constexpr std::size_t most_digits = 6;
  const std::size_t digits = digits_of(text);
  if (digits == 0 || digits > most_digits) return std::nullopt;
  const double first = *parse_number(text.substr(0, digits));
  text.remove_prefix(digits);
  std::array<double, 2> parts{};
  std::size_t count = 0;
  while (count < 2 && take(text, ":")) {
    const std::optional<double> part = take_sixtieths(text);
    if (!part) return std::nullopt;
    parts[count++] = *part;
  }
  if (count == 0) return std::nullopt;
  double seconds = count == 2 ? first * per_hour + parts[0] * per_minute + parts[1]
                              : first * per_minute + parts[0];
  if (text.starts_with('.') || text.starts_with(',')) {
    const std::size_t fraction = digits_of(text.substr(1));
    if (fraction == 0) return std::nullopt;
    seconds += *parse_number("0." + std::string(text.substr(1, fraction)));
    text.remove_prefix(1 + fraction);
  }
  return text.empty() ? std::optional(seconds) : std::nullopt;
}

// 1 day, 02:03:04; -1 days +23:00:00.
std::optional<double> read_days_and_clock(std::string_view text) {
  const bool is_negative = take(text, "-");
  const std::optional<double> days = take_decimal(text);
  if (!days) return std::nullopt;
  skip_spaces(text);
  if (!take(text, "days") && !take(text, "day")) return std::nullopt;
  take(text, ",");
  skip_spaces(text);
  take(text, "+");
  const std::optional<double> clock = read_clock(text);
  return clock ? std::optional((is_negative ? -*days : *days) * per_day + *clock) : std::nullopt;
}

// 2h 50m: each unit once, the larger one first. `text` is in small letters.
std::optional<double> read_units(std::string_view text) {
  double seconds = 0, last = INFINITY;
  while (!text.empty()) {
    const std::optional<double> count = take_decimal(text);
    if (!count) return std::nullopt;
    skip_spaces(text);
    const auto unit =
        std::ranges::find_if(units, [&](const auto& one) { return text.starts_with(one.first); });
    if (unit == units.end()) return std::nullopt;
    // 2y 6m are months.
    const double each = unit->first == "m" && last == per_year ? per_month : unit->second;
    if (each >= last || (each == per_year && *count > most_years)) return std::nullopt;
    text.remove_prefix(unit->first.size());
    seconds += *count * each;
    last = each;
    take(text, ",");
    skip_spaces(text);
  }
  return std::isfinite(last) ? std::optional(seconds) : std::nullopt;
}

}  // namespace

std::optional<double> read_duration(std::string_view field) {
  if (field.size() < 2 || field.size() > longest_duration || digits_of(field) == field.size())
    return std::nullopt;
  std::string_view text = field;
  const double sign = take(text, "-") ? -1 : 1;
  if (text.empty() || !(is_digit(text[0]) || text[0] == 'P')) return std::nullopt;
  if (const auto clock = read_clock(text)) return sign * *clock;
  if (const auto days = read_days_and_clock(field)) return days;
  std::string lower = lower_case(text);
  const bool is_iso = lower[0] == 'p';
  if (is_iso) std::erase_if(lower, [](char c) { return c == 'p' || c == 't'; });
  const std::optional<double> seconds = read_units(lower);
  return seconds ? std::optional(sign * *seconds) : std::nullopt;
}

}  // namespace chainrule::data
