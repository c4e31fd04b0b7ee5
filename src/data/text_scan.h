// Takes a text apart from its beginning.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "data/words.h"

namespace chainrule::data {

// A number of so many digits at most, taken off the text; -1 if there is none. `digits` is how many
// it has.
inline int take_number(std::string_view& text, std::size_t most, std::size_t& digits) {
  int value = 0;
  for (digits = 0; digits < text.size() && is_digit(text[digits]); ++digits) {
    if (digits == most) return -1;
    value = 10 * value + (text[digits] - '0');
  }
  text.remove_prefix(digits);
  return digits == 0 ? -1 : value;
}

inline int take_number(std::string_view& text, std::size_t most) {
  std::size_t digits = 0;
  return take_number(text, most, digits);
}

inline bool take(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

// Takes one of the texts off the beginning, and says which; "" if none is there.
template <std::size_t N>
std::string_view take_any(std::string_view& text, const std::array<std::string_view, N>& any) {
  for (const std::string_view one : any)
    if (take(text, one)) return one;
  return "";
}

inline void skip_spaces(std::string_view& text) {
  while (take(text, " ")) {
  }
}

// Spaces of any width.
inline constexpr std::array<std::string_view, 5> blanks{" ", "\u00A0", "\u202F", "\u2009",
                                                        "\u2007"};
inline void skip_blanks(std::string_view& text) {
  while (!take_any(text, blanks).empty()) {
  }
}

// How many digits the text begins with.
inline std::size_t digits_at(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

}  // namespace chainrule::data
