// Text that people read: what of it could steer their terminal, how many columns it takes, tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

// Text that is not ours (a class, a column, a path, a key), as it may be shown. A control character
// becomes Unicode's picture of it, ␛ for ESC; what else steers rather than shows (C1 controls,
// marks of direction, separators of lines) and each byte that is no UTF-8 become �. All else stays,
// so that text of ours passes unchanged.
std::string visible(std::string_view text);
// The same, but lines stay lines.
std::string visible_lines(std::string_view text);
// The same JSON document with all of that written as \uXXXX, so that nothing is lost.
std::string visible_json(std::string_view json);

// Text as one word of a command for bash or zsh, to be copied; quoted where it must be.
std::string shell_word(std::string_view text);

// Columns that UTF-8 text takes: two for Hangul, Chinese, Japanese and emoji, none for combining
// marks, one for all else. (Unicode's East Asian Width, UAX #11, in ranges.)
int display_width(std::string_view text);

// Filled up with spaces to this many columns.
std::string left_aligned(std::string_view text, int columns);
std::string right_aligned(std::string_view text, int columns);

// Cut to at most this many columns, the last of them "…"; what is shown is visible(text).
std::string shortened(std::string_view text, int columns);

// With as many decimals as give the largest of its neighbours four digits; never "-0.0".
std::string aligned_number(double value, double largest);

// Rows of cells, each column as wide as its widest cell and two spaces apart. `alignment` has one
// letter per column, 'l' or 'r'. No line ends in spaces.
std::string table_text(const std::vector<std::vector<std::string>>& rows,
                       std::string_view alignment, int indent = 2);

}  // namespace chainrule
