// Names that try to be more than names, in every format that the program writes.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

// All are UTF-8 without NUL, as a table's cells must be; none is empty or looks like another.
inline std::vector<std::string> hostile_names() {
  return {
      // LaTeX
      "\\immediate\\openout9=stolen.txt\\immediate\\write9{x}\\immediate\\closeout9",
      "\\input{/etc/passwd}\\end{document}",
      "^^5cinput{x}",
      "}\\undefined{",
      "50% off #1 & a_b ~ {c} $x^2$ \\",
      "\\verb|x| ?` !` `` '' -- ---",
      // Markdown, HTML, XML
      "<script>alert(1)</script>",
      "]]> --> <!-- <![CDATA[ &amp; &#60;",
      "\" onload=\"alert(1)\" '",
      "**bold** __b__ *i* _i_ ~~s~~",
      "[link](http://x.example) ![i](x) <a@b.example>",
      "www.x.example https://x.example",
      "| a | b |",
      "`code` ``two`` $`\\input{x}`$ ```math",
      "# heading",
      "- item",
      "1. item",
      "> quote",
      // Terminals and readers
      "line\nbreak\r\nand\ttab",
      "\x1B[2J\x1B]0;title\a\x7F\b",
      "\u009B2J\u0085",
      "\u202Etxt.exe\u2066\u200F",
      "\u2028\u2029\uFEFF\U000E0041",
      // Places and marks of our own
      "{0} {1} {9} {",
      "\x01"
      "0\x02",
      "adam",
      "chainrule explain x; rm -rf ~ $(id)",
      "=HYPERLINK(\"http://x.example\")",
      // What is only unusual
      "한글 이름",
      "誤差 😀 é ß Ω",
      std::string(5000, 'w'),
  };
}

// No control character but the ends of lines, nothing that turns the reading direction, and UTF-8
// throughout. Told by bytes, so as not to believe the code that is tested.
inline bool is_harmless(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned a = byte(i), b = byte(i + 1), c = byte(i + 2);
    if ((a < 0x20 && a != '\n') || a == 0x7F) return false;
    if (a < 0x80) continue;
    if (a < 0xC2 || a > 0xF4 || (b & 0xC0) != 0x80) return false;
    if (a == 0xC2 && b < 0xA0) return false;                               // U+0080 to U+009F
    if (a == 0xD8 && b == 0x9C) return false;                              // U+061C
    if (a == 0xE2 && b == 0x80 && (c == 0x8E || c == 0x8F)) return false;  // U+200E, U+200F
    if (a == 0xE2 && b == 0x80 && c >= 0xA8 && c <= 0xAE) return false;    // U+2028 to U+202E
    if (a == 0xE2 && b == 0x81 && c >= 0xA0 && c <= 0xAF) return false;    // U+2060 to U+206F
    if (a == 0xEF && b == 0xBB && c == 0xBF) return false;                 // U+FEFF
    if (a == 0xF3 && b == 0xA0 && (c == 0x80 || c == 0x81)) return false;  // tags
    i += a < 0xE0 ? 1 : a < 0xF0 ? 2 : 3;
  }
  return true;
}

}  // namespace chainrule
