#include "explain/report/report_parts.h"

#include <fmt/format.h>

#include "base/display.h"
#include "explain/report/report_script.h"
#include "explain/write/html.h"

namespace chainrule::page {
namespace {

bool is_number(const std::string& text) {
  return text == "\u00b7" || text.find_first_of("0123456789") <= 1;
}

std::string escaped_name(const std::string& text) { return html_escaped(short_name(text)); }

std::string linked(const std::string& text, const Links& links, std::size_t row,
                   std::size_t column) {
  const auto link = links.find({row, column});
  const std::string inside = escaped_name(text);
  return link == links.end()
             ? inside
             : fmt::format("<a href=\"{}\">{}</a>", html_escaped(link->second), inside);
}

}  // namespace

ReportParts::ReportParts(Language language, std::string_view program, const std::string& folder)
    : language_(language), program_(program), folder_(shell_word(folder)) {}

std::string ReportParts::command(std::string_view name, std::string_view more) const {
  return fmt::format("{} {} {}{}{}", program_, name, folder_, more.empty() ? "" : " ", more);
}

std::string ReportParts::command_on(std::string_view name, const std::string& path) const {
  return fmt::format("{} {} {}", program_, name, shell_word(path));
}

std::string ReportParts::code(const std::string& command) {
  return fmt::format("<code class=\"command\">{}</code>", html_escaped(command));
}

std::string ReportParts::paragraph(const std::string& text) const {
  return fmt::format("<p>{}</p>\n", html_escaped(text));
}
std::string ReportParts::paragraph(const std::string& text, const std::string& command) const {
  return fmt::format("<p>{} {}</p>\n", html_escaped(text), code(command));
}

// The id is inside, so that browsers unfold what is around it when a link leads there.
std::string ReportParts::story(const std::string& id, const std::string& title,
                               const std::string& inside) const {
  return fmt::format(
      "<details class=\"story\"><summary>{}</summary>\n<div id=\"{}\">\n{}</div></details>\n",
      escaped_name(title), html_escaped(id), inside);
}

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
    text += fmt::format("<tr><th scope=\"row\">{}</th>", linked(row.at(0), links, r, 0));
    for (std::size_t i = 1; i < row.size(); ++i) {
      const bool is_command = last == Last::commands && i + 1 == row.size();
      text += is_command
                  ? fmt::format("<td>{}</td>", code(row[i]))
                  : fmt::format("<td{}>{}</td>", is_number(row[i]) ? " class=\"number\"" : "",
                                linked(row[i], links, r, i));
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
  return html_document(
      html_escaped(title), language_,
      fmt::format("<main>\n{}</main>\n<script>\n{}</script>\n", body, report_script(language_)));
}

void link_column(Links& links, const Rows& rows, std::size_t column, const std::string& id) {
  for (std::size_t r = 0; r < rows.size(); ++r)
    if (is_number(rows[r].at(column))) links[{r, column}] = "#" + id;
}

void link_row(Links& links, const Rows& rows, std::size_t row, const std::string& id) {
  for (std::size_t i = 0; i < rows[row].size(); ++i)
    if (i == 0 || is_number(rows[row][i])) links[{row, i}] = "#" + id;
}

}  // namespace chainrule::page
