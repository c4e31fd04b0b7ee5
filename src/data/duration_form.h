// Lengths of time as people write them.
#pragma once

#include <optional>
#include <string_view>

namespace chainrule::data {

// Seconds: 26:30:00, 1:02:03.5, 58:10 (minutes and seconds), 1 day 02:03:04 as Python and pandas
// have it, 2h 50m, 1 hr 5 min, 2시간 30분, PT1H30M (ISO 8601), 3 weeks, 2 years 6 months (a year is
// 365.25 days, a month a twelfth of it). Minutes and seconds behind a colon are below 60.
std::optional<double> read_duration(std::string_view field);

}  // namespace chainrule::data
