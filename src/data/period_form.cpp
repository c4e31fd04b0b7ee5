#include "data/period_form.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "data/calendar.h"
#include "data/text_scan.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

constexpr std::size_t longest_period = 20;

void skip_marks(std::string_view& text) {
  while (!text.empty() && std::string_view(" -/.:").find(text[0]) != std::string_view::npos)
    text.remove_prefix(1);
}

int take_year(std::string_view& text) {
  take(text, "'");
  std::size_t digits = 0;
  const int year = take_number(text, 4, digits);
  return year < 0 ? -1 : full_year(year, digits);
}

int take_digit(std::string_view& text, char most) {
  if (text.empty() || text[0] < '1' || text[0] > most) return -1;
  const int digit = text[0] - '0';
  text.remove_prefix(1);
  return digit;
}

// Q3 or H1, or 3Q and 1H: the month that it begins with. The letters are small.
int take_part(std::string_view& text) {
  std::string_view rest = text;
  const auto found = [&](int part, int months) {
    text = rest;
    return 1 + (part - 1) * months;
  };
  if (take(rest, "q"))
    if (const int part = take_digit(rest, '4'); part > 0) return found(part, 3);
  rest = text;
  if (take(rest, "h"))
    if (const int part = take_digit(rest, '2'); part > 0) return found(part, 6);
  rest = text;
  const int part = take_digit(rest, '4');
  if (part > 0 && (take(rest, "q") || take(rest, "분기"))) return found(part, 3);
  if (part > 0 && part <= 2 && take(rest, "h")) return found(part, 6);
  return 0;
}

std::optional<double> read_part(std::string_view text) {
  std::string_view rest = text;
  if (int year = take_year(rest); year > 0) {
    take(rest, "년");
    skip_marks(rest);
    if (const int month = take_part(rest); month > 0 && rest.empty())
      return days_of(year, month, 1);
  }
  rest = text;
  const int month = take_part(rest);
  if (month == 0) return std::nullopt;
  skip_marks(rest);
  const int year = take_year(rest);
  return year > 0 && rest.empty() ? days_of(year, month, 1) : std::nullopt;
}

// The week with January 4 is the first one; weeks begin on Mondays.
std::optional<double> read_week(std::string_view text) {
  std::size_t digits = 0;
  const int year = take_number(text, 4, digits);
  if (digits != 4 || year < 1) return std::nullopt;
  take(text, "-");
  if (!take(text, "w")) return std::nullopt;
  const int week = take_number(text, 2, digits);
  if (digits != 2 || week < 1 || week > 53) return std::nullopt;
  int day = 1;
  if (!text.empty()) {
    take(text, "-");
    day = take_digit(text, '7');
    if (day < 1 || !text.empty()) return std::nullopt;
  }
  const double january_4 = *days_of(year, 1, 4);
  const double monday = january_4 - 7 * place_in_week(january_4);
  return std::round(monday) + 7 * (week - 1) + day - 1;
}

// A month's name taken off the beginning; 0 if there is none.
int take_month(std::string_view& text) {
  const auto end =
      static_cast<std::size_t>(std::ranges::find_if_not(text, is_letter) - text.begin());
  const int month = end == 0 ? 0 : month_named(std::string(text.substr(0, end)));
  if (month > 0) text.remove_prefix(end);
  return month;
}

// May-17, 85-May: with a mark other than a space between, or an apostrophe.
std::optional<double> read_month(std::string_view text) {
  if (const int month = take_month(text); month > 0) {
    const bool has_mark = take(text, "-") || take(text, "/");
    if (!has_mark && !(take(text, " '") || take(text, "'"))) return std::nullopt;
    std::size_t digits = 0;
    const int year = take_number(text, 2, digits);
    return digits == 2 && text.empty() ? days_of(full_year(year, 2), month, 1) : std::nullopt;
  }
  std::size_t digits = 0;
  const int year = take_number(text, 2, digits);
  if (year < 0 || !take(text, "-")) return std::nullopt;
  const int month = take_month(text);
  return month > 0 && text.empty() ? days_of(full_year(year, 2), month, 1) : std::nullopt;
}

// 03/2021, 3-2021.
std::optional<double> read_month_and_year(std::string_view text) {
  const int month = take_number(text, 2);
  if (!take(text, "/") && !take(text, "-")) return std::nullopt;
  std::size_t digits = 0;
  const int year = take_number(text, 4, digits);
  return digits == 4 && year >= 1000 && text.empty() ? days_of(year, month, 1) : std::nullopt;
}

}  // namespace

std::optional<double> read_period(std::string_view field) {
  if (field.size() > longest_period) return std::nullopt;
  if (!std::ranges::any_of(field, is_letter)) return read_month_and_year(field);
  const std::string lower = lower_case(field);
  if (const auto part = read_part(lower)) return part;
  if (const auto week = read_week(lower)) return week;
  return read_month(lower);
}

std::optional<double> read_day_month(std::string_view field) {
  if (field.size() > longest_period || !std::ranges::any_of(field, is_letter)) return std::nullopt;
  constexpr int leap_year = 2000;
  const std::string lower = lower_case(field);
  std::string_view text = lower;
  if (const int month = take_month(text); month > 0) {
    take(text, ".");
    if (!take(text, " ")) return std::nullopt;
    const int day = take_number(text, 2);
    return text.empty() ? days_of(leap_year, month, day) : std::nullopt;
  }
  const int day = take_number(text, 2);
  take(text, ".");
  if (!take(text, "-")) take(text, " ");
  const int month = take_month(text);
  take(text, ".");
  return day > 0 && month > 0 && text.empty() ? days_of(leap_year, month, day) : std::nullopt;
}

std::optional<Moment> read_compact(std::string_view field) {
  const std::size_t digits = field.size();
  if (!(digits == 6 || digits == 8 || digits == 12 || digits == 14) ||
      !std::ranges::all_of(field, is_digit))
    return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t length) {
    std::string_view text = field.substr(at, length);
    return take_number(text, length);
  };
  const int year = part(0, 4);
  if (year < 1900 || year > 2099) return std::nullopt;
  const std::optional<double> days = days_of(year, part(4, 2), digits == 6 ? 1 : part(6, 2));
  if (!days || digits <= 8) return days ? std::optional(Moment{*days, false}) : std::nullopt;
  const int hour = part(8, 2), minute = part(10, 2), second = digits == 14 ? part(12, 2) : 0;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return Moment{*days + (hour * 3600 + minute * 60 + second) / 86400.0, true};
}

bool is_no_date(double number) { return number == 0 || number == 99999999 || number == 99991231; }

int compact_digits(double number) {
  if (!(number >= 190001 && number < 21e12) || number != std::floor(number)) return 0;
  const std::string text = std::to_string(static_cast<std::int64_t>(number));
  return read_compact(text) ? static_cast<int>(text.size()) : 0;
}

}  // namespace chainrule::data
