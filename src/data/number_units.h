// What stands before and behind the digits of a number: currencies, magnitudes, units.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace chainrule::data {

// A currency that the text begins with, taken off it; "" if there is none.
std::string_view take_currency(std::string_view& text);
// Before the digits or behind them.
bool is_currency(std::string_view unit);

// Behind the digits: nothing, a currency, a percent sign, or a unit of letters.
bool is_unit(std::string_view text);
std::string normalised_unit(std::string_view unit);

// k, M, bn, crore and the like as a power of ten; 0 for any other unit.
int magnitude_of(std::string_view unit);

// A unit as a power of ten of another one, which is its base: 1 kg is 10^3 g. South and west are
// the negative north and east.
struct Measure {
  std::string_view base;
  int exponent = 0;
  bool is_negative = false;
};
std::optional<Measure> measure_of(std::string_view unit, std::string_view base);
inline constexpr std::array<std::string_view, 8> measure_bases{"g", "l",  "m", "B",
                                                               "W", "Hz", "N", "E"};

// "/5", "/ 10", "out of 5 stars": the part of a whole that each number is, as "/5"; "" for anything
// else. Not years, which stand behind months.
std::string denominator(std::string_view text);

// "° S" and "° N" are one form: degrees, of which those to the south and to the west are negative.
std::string_view hemisphere(std::string_view unit);

}  // namespace chainrule::data
