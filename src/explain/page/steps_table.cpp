#include "explain/page/steps_table.h"

#include <algorithm>

#include <fmt/format.h>

namespace chainrule::page {

Page steps_page(const std::vector<std::vector<Quantity>>& rows) {
  constexpr std::size_t columns_at_once = 5;
  Page page;
  page.title = {Phrase::steps_title, {static_cast<std::int64_t>(rows.size()) - 1}};
  page.is_of_run = true;
  Section section{page.title, {Sentence{Phrase::steps_text}}};
  for (std::size_t first = 0; first < rows[0].size(); first += columns_at_once) {
    const std::size_t end = std::min(first + columns_at_once, rows[0].size());
    Table table{.header = {Phrase::steps_taken}, .rows = {}};
    const auto part = [&](const std::vector<Quantity>& all) {
      return std::vector<Quantity>(all.begin() + static_cast<std::ptrdiff_t>(first),
                                   all.begin() + static_cast<std::ptrdiff_t>(end));
    };
    table.columns = part(rows[0]);
    for (std::size_t step = 0; step < rows.size(); ++step) {
      table.rows.push_back(part(rows[step]));
      table.labels.push_back(fmt::format("{}", step));
    }
    section.blocks.emplace_back(
        Heading{{Phrase::steps_columns, {table.columns.front(), table.columns.back()}}});
    section.blocks.emplace_back(std::move(table));
  }
  page.sections.push_back(std::move(section));
  return page;
}

}  // namespace chainrule::page
