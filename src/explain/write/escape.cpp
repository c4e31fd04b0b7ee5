#include "explain/write/escape.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "base/display.h"

namespace chainrule::page {
namespace {

struct Range {
  std::uint32_t first, last;
};

// Beyond ASCII, what pdflatex sets with its standard fonts (OT1 and TS1) and inputenc, in English
// as in Korean documents: Latin letters with accents, and the usual signs.
constexpr std::array typeset{
    Range{0xA0, 0xAA},     Range{0xAC, 0xAC},     Range{0xAE, 0xBA},     Range{0xBC, 0xCF},
    Range{0xD1, 0xDD},     Range{0xDF, 0xEF},     Range{0xF1, 0xFD},     Range{0xFF, 0x103},
    Range{0x106, 0x10F},   Range{0x112, 0x117},   Range{0x11A, 0x125},   Range{0x128, 0x12D},
    Range{0x130, 0x137},   Range{0x139, 0x13E},   Range{0x141, 0x148},   Range{0x14C, 0x165},
    Range{0x168, 0x171},   Range{0x174, 0x17E},   Range{0x2010, 0x2015}, Range{0x2018, 0x2019},
    Range{0x201C, 0x201D}, Range{0x2020, 0x2022}, Range{0x2026, 0x2026}, Range{0x2030, 0x2030},
    Range{0x20AC, 0x20AC}, Range{0x2122, 0x2122}};
// Syllables and single letters, but not the filler among these.
constexpr std::array hangul{Range{0xAC00, 0xD7A3}, Range{0x3131, 0x3163}, Range{0x3165, 0x318E}};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, std::uint32_t code) {
  return std::ranges::any_of(
      ranges, [&](Range range) { return code >= range.first && code <= range.last; });
}

bool is_letter_or_digit(std::uint32_t code) {
  return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
         (code >= '0' && code <= '9') || is_in(hangul, code);
}

// Calls take(code, bytes) for each character of text that is UTF-8, as visible() makes it.
template <class Take>
void for_each_character(std::string_view text, Take take) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    std::uint32_t code = size == 1 ? first : first & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i)
      code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
    take(code, text.substr(0, size));
    text.remove_prefix(size);
  }
}

std::string latex_sign(char c) {
  switch (c) {
    case '\\':
      return "\\textbackslash{}";
    case '^':
      return "\\textasciicircum{}";
    case '~':
      return "\\textasciitilde{}";
    case '<':
    case '>':
    case '|':  // OT1 has other signs there
      return fmt::format("${}$", c);
    case '#':
    case '$':
    case '%':
    case '&':
    case '_':
    case '{':
    case '}':
      return {'\\', c};
    case '"':
    case '\'':
    case '`':
      return fmt::format("{{{}}}", c);  // no part of a ligature: `` or ?`
    default:
      return {c};
  }
}

}  // namespace

std::string text_escaped(std::string_view text) { return visible(text); }

std::string markdown_escaped(std::string_view text) {
  std::vector<std::uint32_t> codes;
  const std::string clean = visible(text);
  for_each_character(
      clean, [&](std::uint32_t code, std::string_view /*bytes*/) { codes.push_back(code); });
  // These are markup at the ends of words only, and names are full of them; www. begins a link.
  const auto joins = [&](std::size_t i) {
    return (codes[i] == '_' || codes[i] == '-' || codes[i] == '.') && i > 0 &&
           i + 1 < codes.size() && is_letter_or_digit(codes[i - 1]) &&
           is_letter_or_digit(codes[i + 1]) && !(codes[i] == '.' && codes[i - 1] == 'w');
  };
  std::string result;
  std::size_t i = 0;
  for_each_character(clean, [&](std::uint32_t code, std::string_view bytes) {
    const bool is_plain = code >= 0x80 || is_letter_or_digit(code) ||
                          std::string_view(" ,;%/?'\"").find(bytes) != std::string_view::npos;
    result += is_plain || joins(i) ? std::string(bytes) : fmt::format("&#{};", code);
    ++i;
  });
  return result;
}

std::string latex_escaped(std::string_view text) {
  std::string result;
  for_each_character(visible(text), [&](std::uint32_t code, std::string_view bytes) {
    if (code < 0x80) {
      const bool again = bytes == "-" && result.ends_with('-');  // -- would be a dash
      result += (again ? "{}" : "") + latex_sign(bytes[0]);
    } else if (code >= 0x2400 && code <= 0x2421) {
      const auto control = static_cast<char>(code == 0x2421 ? '?' : '@' + (code - 0x2400));
      result += latex_sign('^') + latex_sign(control);
    } else if (is_in(typeset, code) || is_in(hangul, code)) {
      result += bytes;
    } else {
      result += fmt::format("U+{:04X}", code);
    }
  });
  return result;
}

bool has_hangul(std::string_view text) {
  bool found = false;
  for_each_character(visible(text), [&](std::uint32_t code, std::string_view /*bytes*/) {
    found = found || is_in(hangul, code);
  });
  return found;
}

std::string html_escaped(std::string_view text) {
  std::string result;
  for (const char c : visible(text)) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else
      result += c;
  }
  return result;
}

std::string short_name(std::string_view text) { return chainrule::shortened(text, 120); }

}  // namespace chainrule::page
