// The small tables that a run writes for itself, read back: lines of fields between commas. A line
// that was cut off, by a crash or a full disk, has no end and is none.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
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

inline std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// The fields of every whole line after the first, which is the header.
inline std::vector<std::vector<std::string_view>> table_lines(std::string_view text) {
  std::vector<std::vector<std::string_view>> lines;
  const std::vector<std::string_view> all = split(text, '\n');  // what follows the last end is none
  for (std::size_t i = 1; i + 1 < all.size(); ++i) lines.push_back(split(all[i], ','));
  return lines;
}

}  // namespace chainrule
