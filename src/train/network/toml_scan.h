// What a TOML text must not hold, found before the parser reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chainrule {

struct TomlFault {
  std::int64_t line = 1, column = 1;  // from 1; a column is a character
  std::string what;
};

// The parser makes a table inside a table for each part of a dotted key, and destroys them by
// recursion: 200,000 parts overflow the stack. It also takes for granted that a header begins with
// a key, that brackets close in order and that no odd character follows a value. All of this is
// looked at here, outside of strings and comments; other faults are the parser's to find.
std::optional<TomlFault> fault_in_toml(std::string_view text);

// What a file of ours needs is 5 deep.
inline constexpr std::size_t most_key_parts = 16, most_open_brackets = 16;

}  // namespace chainrule
