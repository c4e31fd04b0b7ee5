// The signs that a training went wrong, in its report.

#include <fmt/format.h>

#include "explain/report/report_sections.h"
#include "explain/write/html.h"

namespace chainrule::page {

std::string signs_section(ReportParts& parts, const RunResult& result) {
  std::string inside;
  for (const Sign& sign : result.signs) {
    const SignWords words = words_of(sign, result, parts.language(), parts.program());
    inside += fmt::format("<li><p class=\"failed\">{}</p>\n{}</li>\n", html_escaped(words.finding),
                          words.command.empty() ? parts.paragraph(words.advice)
                                                : parts.paragraph(words.advice, words.command));
  }
  if (inside.empty())
    inside =
        fmt::format("<p class=\"passed\">{}</p>\n", html_escaped(parts.say(Phrase::signs_none)));
  else
    inside = "<ul class=\"signs\">\n" + inside + "</ul>\n";
  return parts.section(parts.say(Phrase::signs_title), inside);
}

}  // namespace chainrule::page
