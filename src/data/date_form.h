// Dates and times of day as people write them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "chainrule/data.h"

namespace chainrule::data {

// Of texts; where two read a field alike, the first is meant.
inline constexpr std::array date_orders{DateOrder::year_month_day, DateOrder::day_month_year,
                                        DateOrder::month_day_year, DateOrder::named_month,
                                        DateOrder::time_only,      DateOrder::day_month,
                                        DateOrder::period,         DateOrder::short_year};

struct Moment {
  double days = 0;        // since 1970-01-01, or since midnight; in UTC where an offset is given
  bool has_time = false;  // of day
};

// The whole field as a date of this order: with -, / or . between its parts (also 2019. 3. 1. and
// 2019년 3월 1일), a year of four digits or, at the end, of two (69 to 99 are of the last century),
// and perhaps a time behind it: T or a space, 14:05, 14:05:06.5 or 2:05 PM, Z or +09:00. A month
// without a day is its first. A day of any year (17-May) is one of 2000. Of years of birth with two
// digits those that are still to come are of the last century.
std::optional<Moment> read_date(std::string_view field, DateOrder order, bool of_birth = false);

// Where in its year the day is, and in its week, which begins on a Monday: from 0 up to 1.
double place_in_year(double days);
double place_in_week(double days);

// "2019-03-01", "2019-03-01 14:05:06", "14:05:06", or "05-17" of any year; to the second.
std::string date_text(double days, DateOrder order, bool has_time);

}  // namespace chainrule::data
