#include "explain/report/report_parts.h"

#include <fmt/format.h>

#include "explain/write/html.h"

namespace chainrule::page {
namespace {

bool is_number(const std::string& text) {
  return text == "\u00b7" || text.find_first_of("0123456789") <= 1;
}

std::string escaped_name(const std::string& text) { return html_escaped(short_name(text)); }

std::string cell(const std::string& text, const std::string& link) {
  const std::string inside = escaped_name(text);
  return fmt::format(
      "<td{}>{}</td>", is_number(text) ? " class=\"number\"" : "",
      link.empty() ? inside : fmt::format("<a href=\"{}\">{}</a>", html_escaped(link), inside));
}

}  // namespace

// A wide table scrolls in a box of its own, which the keyboard reaches.
std::string ReportParts::table(const std::string& caption, const std::vector<std::string>& header,
                               const Rows& rows, Last last, const Links& links) const {
  std::string text = fmt::format(
      "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{0}\">\n<table "
      "class=\"report\">\n"
      "<caption>{0}</caption>\n<thead><tr>",
      html_escaped(caption));
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool numbers = i > 0 && !rows.empty() && is_number(rows[0].at(i));
    text += fmt::format("<th scope=\"col\"{}>{}</th>", numbers ? " class=\"number\"" : "",
                        escaped_name(header[i]));
  }
  text += "</tr></thead>\n<tbody>\n";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::vector<std::string>& row = rows[r];
    text += fmt::format("<tr><th scope=\"row\">{}</th>", escaped_name(row.at(0)));
    for (std::size_t i = 1; i < row.size(); ++i) {
      const auto link = links.find({r, i});
      text += last == Last::commands && i + 1 == row.size()
                  ? fmt::format("<td><code>{}</code></td>", html_escaped(row[i]))
                  : cell(row[i], link == links.end() ? "" : link->second);
    }
    text += "</tr>\n";
  }
  return text + "</tbody>\n</table>\n</div>\n";
}

std::string ReportParts::section(const std::string& heading, const std::string& inside) {
  return fmt::format(
      "<section aria-labelledby=\"title-{0}\">\n<h2 id=\"title-{0}\">{1}</h2>\n{2}</section>\n",
      sections_++, html_escaped(heading), inside);
}

std::string ReportParts::page(const std::string& title, const std::string& body) const {
  return html_document(html_escaped(title), language_, "<main>\n" + body + "</main>\n");
}

}  // namespace chainrule::page
