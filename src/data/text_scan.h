// Takes a text apart from its beginning.
#pragma once

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

inline void skip_spaces(std::string_view& text) {
  while (take(text, " ")) {
  }
}

}  // namespace chainrule::data
