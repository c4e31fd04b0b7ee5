// The one escape of each format. Every string that a writer did not write itself (names of classes,
// columns and files, what the user asked for) goes through its format's, in any place: after it,
// the format reads nothing but that text. All begin with visible() of base/display.h.
#pragma once

#include <string>
#include <string_view>

namespace chainrule::page {

std::string text_escaped(std::string_view text);

// What Markdown or HTML inside of it could read becomes a numeric entity, which can be no markup.
std::string markdown_escaped(std::string_view text);

// For running text, outside of formulas. What pdflatex has no glyph for is written as U+1F600, a
// control character as ^[; Hangul needs the package kotex: see has_hangul().
std::string latex_escaped(std::string_view text);
bool has_hangul(std::string_view text);

// For text and for attributes in double quotes, of HTML and SVG.
std::string html_escaped(std::string_view text);

// A name on a page: one of more than 120 columns is cut, and ends in "…". JSON has all of it.
std::string short_name(std::string_view text);

}  // namespace chainrule::page
