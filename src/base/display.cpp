#include "base/display.h"

#include <algorithm>
#include <array>
#include <cstdint>

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

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, std::uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

// The next character's bytes; whatever is not UTF-8 counts byte by byte.
struct Character {
  std::size_t bytes = 1;
  int columns = 1;
};

Character next_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t size = byte(0) < 0xC0 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  if (size == 1 || size > text.size()) return {};
  std::uint32_t code = byte(0) & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  return {size, is_in(weightless, code) ? 0 : is_in(wide, code) ? 2 : 1};
}

std::string spaces(int count) {
  return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
}

}  // namespace

int display_width(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const Character next = next_character(text);
    columns += next.columns;
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
  std::string clean(text);
  for (char& c : clean)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  if (display_width(clean) <= columns) return clean;
  std::size_t kept = 0;
  int used = 0;
  while (true) {
    const Character next = next_character(std::string_view(clean).substr(kept));
    if (used + next.columns > columns - 1) break;
    used += next.columns;
    kept += next.bytes;
  }
  return clean.substr(0, kept) + "…";
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
