// Dates that are no year, month and day with marks between.
#pragma once

#include <optional>
#include <string_view>

#include "data/date_form.h"

namespace chainrule::data {

// A quarter or half of a year (2021Q3, Q3 2021, 3Q21, 2021H1, 2021년 3분기), a week by ISO 8601
// (2021-W05, 2021W05), perhaps with its day (2021-W05-3), a month and its year (03/2021), or two
// digits of it, as spreadsheets write them (May-17, May '17, 85-May): the first day.
std::optional<double> read_period(std::string_view field);

// 17-May, 17. Mai, 17 May, May 17: a day of 2000, which is a leap year.
std::optional<double> read_day_month(std::string_view field);

// Digits alone, of a year from 1900 to 2099: 20190301, 201903, 201903011405, 20190301140506.
std::optional<Moment> read_compact(std::string_view field);

// 0 and 99999999, which stand for no date there.
bool is_no_date(double number);

// How many digits such a date has, if the number is one; else 0.
int compact_digits(double number);

}  // namespace chainrule::data
