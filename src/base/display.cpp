#include "base/display.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace chainrule {
namespace {

struct Range {
  std::uint32_t first, last;
};

constexpr std::array wide{
    Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},  Range{0x3400, 0x4DBF},
    Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},   Range{0xA960, 0xA97C},  Range{0xAC00, 0xD7A3},
    Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},  Range{0xFFE0, 0xFFE6},
    Range{0x1F300, 0x1F64F}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};
// Combining marks, the vowels and finals of decomposed Hangul, zero-width spaces and selectors.
constexpr std::array weightless{Range{0x0300, 0x036F}, Range{0x1160, 0x11FF}, Range{0x200B, 0x200F},
                                Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}};

// What steers a terminal or the reading order and shows nothing itself: C1 controls (U+009B begins
// an escape sequence as ESC [ does), marks of direction, separators of lines, invisible operators,
// byte order marks, annotations, tags.
constexpr std::array steering{
    Range{0x80, 0x9F},     Range{0x061C, 0x061C}, Range{0x200E, 0x200F},
    Range{0x2028, 0x202E}, Range{0x2060, 0x206F}, Range{0xFDD0, 0xFDEF},
    Range{0xFEFF, 0xFEFF}, Range{0xFFF9, 0xFFFB}, Range{0xE0000, 0xE007F}};
constexpr std::string_view replacement = "\uFFFD";

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, std::uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

// The next character; whatever is not UTF-8 (RFC 3629) counts byte by byte.
struct Character {
  std::size_t bytes = 1;
  std::uint32_t code = 0;
  bool is_valid = false;
  int columns() const { return is_in(weightless, code) ? 0 : is_in(wide, code) ? 2 : 1; }
};

Character next_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {1, byte(0), true};
  const std::size_t size = byte(0) < 0xC0 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  if (size == 1 || size > text.size() || byte(0) > 0xF4) return {};
  std::uint32_t code = byte(0) & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < least[size] || is_surrogate || code > 0x10FFFF) return {};
  return {size, code, true};
}

bool is_steering(const Character& character) {
  return !character.is_valid || is_in(steering, character.code) ||
         (character.code & 0xFFFE) == 0xFFFE;  // no characters, in any plane
}

// The picture of a control character, U+2400 to U+2421, in UTF-8.
std::string picture_of(std::uint32_t control) {
  return {'\xE2', '\x90', static_cast<char>(0x80 + (control == 0x7F ? 0x21 : control))};
}

std::string shown(std::string_view text, bool keeps_lines) {
  std::string result;
  while (!text.empty()) {
    const Character next = next_character(text);
    const bool is_control = next.is_valid && (next.code < 0x20 || next.code == 0x7F);
    if (is_control && !(keeps_lines && next.code == '\n'))
      result += picture_of(next.code);
    else if (is_steering(next))
      result += replacement;
    else
      result += text.substr(0, next.bytes);
    text.remove_prefix(next.bytes);
  }
  return result;
}

std::string spaces(int count) {
  return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
}

}  // namespace

std::string visible(std::string_view text) { return shown(text, false); }
std::string visible_lines(std::string_view text) { return shown(text, true); }

std::string visible_json(std::string_view json) {
  std::string result;
  while (!json.empty()) {
    const Character next = next_character(json);
    if (next.code == 0x7F || (next.is_valid && is_steering(next))) {
      const std::uint32_t high = next.code - 0x10000;  // beyond U+FFFF, JSON writes a pair
      result += next.code < 0x10000 ? fmt::format("\\u{:04x}", next.code)
                                    : fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (high >> 10),
                                                  0xDC00 + (high & 0x3FF));
    } else {
      result += json.substr(0, next.bytes);
    }
    json.remove_prefix(next.bytes);
  }
  return result;
}

std::string shell_word(std::string_view text) {
  const bool plain = text.find_first_of(" \t\"'\\$`*?&|;<>()[]{}~#!\n") == std::string_view::npos;
  if (plain && !text.empty() && visible(text) == text) return std::string(text);
  if (visible(text) == text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    return quoted + "'";
  }
  // What cannot be shown is spelt out, as bash, zsh and ksh read it.
  std::string quoted = "$'";
  while (!text.empty()) {
    const Character next = next_character(text);
    const std::string_view bytes = text.substr(0, next.bytes);
    if (visible(bytes) != bytes)
      for (const char byte : bytes)
        quoted += fmt::format("\\{:03o}", static_cast<unsigned char>(byte));
    else
      quoted += bytes == "'" || bytes == "\\" ? "\\" + std::string(bytes) : std::string(bytes);
    text.remove_prefix(next.bytes);
  }
  return quoted + "'";
}

int display_width(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const Character next = next_character(text);
    columns += next.columns();
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string left_aligned(std::string_view text, int columns) {
  return std::string(text) + spaces(columns - display_width(text));
}

std::string right_aligned(std::string_view text, int columns) {
  return spaces(columns - display_width(text)) + std::string(text);
}

std::string shortened(std::string_view text, int columns) {
  std::string clean = visible(text);
  if (display_width(clean) <= columns) return clean;
  std::size_t kept = 0;
  int used = 0;
  while (true) {
    const Character next = next_character(std::string_view(clean).substr(kept));
    if (used + next.columns() > columns - 1) break;
    used += next.columns();
    kept += next.bytes;
  }
  return clean.substr(0, kept) + "…";
}

std::string aligned_number(double value, double largest) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  const double size = std::abs(largest);
  constexpr int digits = 4;
  const int places =
      size > 0 && std::isfinite(size) ? static_cast<int>(std::floor(std::log10(size))) : 0;
  if (places < -5 || places > 14) return fmt::format("{:.{}g}", value, digits);
  const std::string text = fmt::format("{:.{}f}", value, std::max(digits - 1 - places, 0));
  return text[0] == '-' && text.find_first_of("123456789") == std::string::npos ? text.substr(1)
                                                                                : text;
}

std::string table_text(const std::vector<std::vector<std::string>>& rows,
                       std::string_view alignment, int indent) {
  std::vector<int> widths(alignment.size(), 0);
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c)
      widths[c] = std::max(widths[c], display_width(row[c]));
  std::string text;
  for (const auto& row : rows) {
    std::string line = spaces(indent);
    for (std::size_t c = 0; c < row.size(); ++c)
      line += (c == 0 ? "" : "  ") + (alignment[c] == 'r' ? right_aligned(row[c], widths[c])
                                                          : left_aligned(row[c], widths[c]));
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace chainrule
