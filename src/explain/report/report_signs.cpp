#include "explain/report/report_signs.h"

#include <fmt/format.h>

#include "explain/write/html.h"

namespace chainrule::page {

std::string signs_section(ReportParts& parts, const RunResult& result) {
  std::string inside;
  for (const Sign& sign : result.signs) {
    const SignWords words = words_of(sign, result, parts.language());
    inside += fmt::format("<li><p class=\"failed\">{}</p>\n<p>{} <code>{}</code></p></li>\n",
                          html_escaped(words.finding), html_escaped(words.advice),
                          html_escaped(words.command));
  }
  if (inside.empty())
    inside = fmt::format("<p class=\"passed\">{}</p>\n",
                         html_escaped(parts.say("No sign that the training went wrong.",
                                                "학습이 잘못되었다는 징후가 없습니다.")));
  else
    inside = "<ul class=\"signs\">\n" + inside + "</ul>\n";
  return parts.section(parts.say("Signs", "징후"), inside);
}

}  // namespace chainrule::page
