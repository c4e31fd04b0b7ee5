// What the name of a column says of what it holds.
#pragma once

#include <string_view>

namespace chainrule::data {

struct NameHints {
  bool date = false;    // "date", "날짜"
  bool month = false;   // "month", "기준년월"
  bool birth = false;   // a date of birth
  bool length = false;  // of time: "duration", "소요시간"
};

NameHints hints_in(std::string_view name);

}  // namespace chainrule::data
