// What stands in a line of text: numbers, and fields between marks.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace chainrule {

// The number that the text is, all of it, whatever the locale.
template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

// At least one field, which may be empty.
using Fields = std::vector<std::string_view>;
inline Fields fields_of(std::string_view line, char mark = ',') {
  Fields fields;
  while (true) {
    const auto end = line.find(mark);
    fields.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

}  // namespace chainrule
