// Days, months by their names.
#pragma once

#include <optional>
#include <string>

namespace chainrule::data {

// 1 to 12 for a month's name in small letters, also one that is cut after three letters or four; 0
// if it is none.
int month_named(const std::string& word);

// Since 1970-01-01; nothing if there is no such day.
std::optional<double> days_of(int year, int month, int day);

// A year that is written with two digits or four; -1 if there are other than so many. Of two digits
// 69 to 99 are of the last century, and of a year of birth those that are still to come as well.
int full_year(int year, std::size_t digits, bool of_birth = false);

}  // namespace chainrule::data
