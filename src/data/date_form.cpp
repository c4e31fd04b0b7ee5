#include "data/date_form.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "data/calendar.h"
#include "data/period_form.h"
#include "data/text_scan.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

constexpr std::size_t longest_date = 64;

constexpr std::array<std::string_view, 7> weekdays{"monday", "tuesday",  "wednesday", "thursday",
                                                   "friday", "saturday", "sunday"};

// 14:05, 14:05:06.5, 2:05 PM, 오후 2:05: a fraction of a day.
std::optional<double> take_time(std::string_view& text) {
  const bool is_morning = take(text, "오전"), is_afternoon = !is_morning && take(text, "오후");
  skip_spaces(text);
  int hour = take_number(text, 2);
  if (hour < 0 || !take(text, ":")) return std::nullopt;
  std::size_t digits = 0;
  const int minute = take_number(text, 2, digits);
  if (digits != 2 || minute < 0 || minute > 59) return std::nullopt;
  double second = 0;
  if (take(text, ":")) {
    const int whole = take_number(text, 2, digits);
    if (digits != 2 || whole < 0 || whole > 60) return std::nullopt;
    second = whole;
    if (text.starts_with('.') || text.starts_with(',')) {
      std::size_t end = 1;
      while (end < text.size() && is_digit(text[end])) ++end;
      if (end == 1) return std::nullopt;
      second += *parse_number("0." + std::string(text.substr(1, end - 1)));
      text.remove_prefix(end);
    }
  }
  std::string_view rest = text;
  skip_spaces(rest);
  const std::string half = is_morning ? "am" : is_afternoon ? "pm" : lower_case(rest.substr(0, 2));
  if (half == "am" || half == "pm") {
    if (hour < 1 || hour > 12) return std::nullopt;
    hour = hour % 12 + (half == "pm" ? 12 : 0);
    if (!is_morning && !is_afternoon) text = rest.substr(2);
  }
  if (!take(text, " Uhr")) take(text, " h");
  const bool is_end_of_day = hour == 24 && minute == 0 && second == 0;
  if (hour > 23 && !is_end_of_day) return std::nullopt;
  return (hour * 3600.0 + minute * 60.0 + second) / 86400.0;
}

// Z, UTC, +09:00, -0530: in days; 0 where nothing stands.
std::optional<double> take_offset(std::string_view& text) {
  skip_spaces(text);
  if (text.empty() || take(text, "Z") || take(text, "UTC") || take(text, "GMT")) return 0;
  const double sign = text[0] == '-' ? -1 : 1;
  if (!take(text, "+") && !take(text, "-")) return std::nullopt;
  // +0530 is +05:30.
  std::string_view hour = text.substr(0, text.size() == 4 ? 2 : text.size());
  const int hours = take_number(hour, 2);
  text.remove_prefix(text.size() == 4 ? 2 : text.size() - hour.size());
  take(text, ":");
  const int minutes = text.empty() ? 0 : take_number(text, 2);
  if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return std::nullopt;
  return sign * (hours * 60 + minutes) / 1440.0;
}

std::optional<double> take_year_month_day(std::string_view& text) {
  std::size_t digits = 0;
  const int year = take_number(text, 4, digits);
  if (digits != 4 || year < 1) return std::nullopt;
  if (take(text, "년") || take(text, "年")) {
    skip_spaces(text);
    const int month = take_number(text, 2);
    if (!take(text, "월") && !take(text, "月")) return std::nullopt;
    skip_spaces(text);
    if (text.empty()) return days_of(year, month, 1);
    const int day = take_number(text, 2);
    return take(text, "일") || take(text, "日") ? days_of(year, month, day) : std::nullopt;
  }
  if (text.empty()) return std::nullopt;
  const std::string_view mark = text.substr(0, 1);
  if (mark != "-" && mark != "/" && mark != ".") return std::nullopt;
  text.remove_prefix(1);
  skip_spaces(text);
  const int month = take_number(text, 2);
  if (text.empty()) return mark == "." ? std::nullopt : days_of(year, month, 1);
  if (!take(text, mark)) return std::nullopt;
  skip_spaces(text);
  const int day = take_number(text, 2);
  take(text, ".");
  return days_of(year, month, day);
}

// 23.03.01, 23-3-1.
std::optional<double> take_short_year(std::string_view& text, bool of_birth) {
  take(text, "'");
  std::size_t digits = 0;
  const int year = take_number(text, 2, digits);
  if (digits != 2 || text.empty()) return std::nullopt;
  const std::string_view mark = text.substr(0, 1);
  if (mark != "-" && mark != "/" && mark != ".") return std::nullopt;
  text.remove_prefix(1);
  skip_spaces(text);
  const int month = take_number(text, 2);
  if (!take(text, mark)) return std::nullopt;
  skip_spaces(text);
  const int day = take_number(text, 2);
  take(text, ".");
  return days_of(full_year(year, 2, of_birth), month, day);
}

std::optional<double> take_numbers(std::string_view& text, bool day_first, bool of_birth) {
  const int first = take_number(text, 2);
  if (first < 0 || text.empty()) return std::nullopt;
  const std::string_view mark = text.substr(0, 1);
  if (mark != "-" && mark != "/" && mark != ".") return std::nullopt;
  text.remove_prefix(1);
  skip_spaces(text);
  const int second = take_number(text, 2);
  if (second < 0 || !take(text, mark)) return std::nullopt;
  skip_spaces(text);
  std::size_t digits = 0;
  const int written = take_number(text, 4, digits);
  const int year = full_year(written, digits, of_birth);
  return year < 0 ? std::nullopt
                  : days_of(year, day_first ? second : first, day_first ? first : second);
}

bool is_weekday(const std::string& word) {
  return std::ranges::any_of(weekdays, [&](std::string_view day) {
    return word == day || (word.size() >= 3 && word.size() <= 4 && day.starts_with(word));
  });
}

// A month's name, a day and a year in any order that people use.
std::optional<double> take_named(std::string_view& text, bool of_birth) {
  int month = 0, day = 0, year = -1;
  for (int parts = 0; parts < 4 && year < 0 && !text.empty(); ++parts) {
    if (is_letter(text[0])) {
      const auto end =
          static_cast<std::size_t>(std::ranges::find_if_not(text, is_letter) - text.begin());
      const std::string word = lower_case(text.substr(0, end));
      text.remove_prefix(end);
      if (const int named = month_named(word); named > 0 && month == 0)
        month = named;
      else if (parts != 0 || !is_weekday(word))
        return std::nullopt;
    } else {
      std::size_t digits = 0;
      const int number = take_number(text, 4, digits);
      if (number < 0) return std::nullopt;
      if (digits <= 2 && day == 0)
        day = number;
      else
        year = full_year(number, digits, of_birth);
    }
    if (year >= 0) break;
    while (!text.empty() && std::string_view(" ,.-/").find(text[0]) != std::string_view::npos)
      text.remove_prefix(1);
  }
  if (month == 0 || year < 0) return std::nullopt;
  return days_of(year, month, day == 0 ? 1 : day);
}

}  // namespace

namespace {

std::optional<Moment> whole_days(std::optional<double> days) {
  return days ? std::optional(Moment{*days, false}) : std::nullopt;
}

std::optional<double> take_date(std::string_view& text, DateOrder order, bool of_birth) {
  switch (order) {
    case DateOrder::year_month_day:
      return take_year_month_day(text);
    case DateOrder::day_month_year:
      return take_numbers(text, true, of_birth);
    case DateOrder::month_day_year:
      return take_numbers(text, false, of_birth);
    case DateOrder::short_year:
      return take_short_year(text, of_birth);
    default:
      return take_named(text, of_birth);
  }
}

}  // namespace

std::optional<Moment> read_date(std::string_view field, DateOrder order, bool of_birth) {
  if (field.size() > longest_date || field.size() < 4) return std::nullopt;
  if (order == DateOrder::period) return whole_days(read_period(field));
  if (order == DateOrder::day_month) return whole_days(read_day_month(field));
  if (order == DateOrder::compact) return read_compact(field);
  Moment moment;
  if (order != DateOrder::time_only) {
    const std::optional<double> date = take_date(field, order, of_birth);
    if (!date) return std::nullopt;
    moment.days = *date;
    if (field.empty()) return moment;
    // Web servers write 01/Mar/2023:14:05:06.
    const bool is_log = order == DateOrder::named_month && take(field, ":");
    if (!is_log && !take(field, "T") && !take(field, " ") && !take(field, ", "))
      return std::nullopt;
    skip_spaces(field);
  }
  const std::optional<double> time = take_time(field);
  if (!time) return std::nullopt;
  const std::optional<double> offset =
      order == DateOrder::time_only ? std::optional(0.0) : take_offset(field);
  if (!offset || !field.empty()) return std::nullopt;
  moment.days += *time - *offset;
  moment.has_time = true;
  return moment;
}

namespace {

// Some 27,000 years around 1970: beyond them the calendar's own type ends.
double in_calendar(double days) { return std::clamp(days, -1e7, 1e7); }

}  // namespace

double place_in_year(double days) {
  namespace ch = std::chrono;
  const double day = std::floor(in_calendar(days));
  const ch::sys_days date(ch::days(static_cast<std::int64_t>(day)));
  const ch::year year = ch::year_month_day(date).year();
  const auto begin = ch::sys_days(year / ch::January / 1);
  const auto length = ch::sys_days((year + ch::years(1)) / ch::January / 1) - begin;
  return static_cast<double>((date - begin).count()) / static_cast<double>(length.count());
}

double place_in_week(double days) {
  const double from_monday = std::floor(in_calendar(days)) + 3;  // 1970 began on a Thursday
  return (from_monday - 7 * std::floor(from_monday / 7)) / 7;
}

std::string date_text(double days, DateOrder order, bool has_time) {
  const bool has_date = order != DateOrder::time_only;
  const bool has_year = order != DateOrder::day_month;
  namespace ch = std::chrono;
  const auto second = static_cast<std::int64_t>(std::floor(in_calendar(days) * 86400 + 0.5));
  const auto day = ch::floor<ch::days>(ch::sys_seconds(ch::seconds(second)));
  const ch::year_month_day date(day);
  const std::int64_t of_day = second - std::int64_t{86400} * day.time_since_epoch().count();
  std::string text;
  if (has_date)
    text = fmt::format("{}{:02}-{:02}",
                       has_year ? fmt::format("{:04}-", static_cast<int>(date.year())) : "",
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  if (has_time || !has_date)
    text += fmt::format("{}{:02}:{:02}:{:02}", has_date ? " " : "", of_day / 3600, of_day / 60 % 60,
                        of_day % 60);
  return text;
}

}  // namespace chainrule::data
