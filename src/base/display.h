// Text on a terminal: how many columns it takes, and tables of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

// Columns that UTF-8 text takes: two for Hangul, Chinese, Japanese and emoji, none for combining
// marks, one for all else. (Unicode's East Asian Width, UAX #11, in ranges.)
int display_width(std::string_view text);

// Filled up with spaces to this many columns.
std::string left_aligned(std::string_view text, int columns);
std::string right_aligned(std::string_view text, int columns);

// Cut to at most this many columns, the last of them "…"; control characters become '?'.
std::string shortened(std::string_view text, int columns);

// Rows of cells, each column as wide as its widest cell and two spaces apart. `alignment` has one
// letter per column, 'l' or 'r'. No line ends in spaces.
std::string table_text(const std::vector<std::vector<std::string>>& rows,
                       std::string_view alignment, int indent = 2);

}  // namespace chainrule
