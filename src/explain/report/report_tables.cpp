#include "explain/report/report_tables.h"

#include <algorithm>

#include <fmt/format.h>

#include "explain/report/column_words.h"
#include "explain/write/chart.h"

namespace chainrule::page {

std::string sizes_section(ReportParts& parts, std::span<const LayerSize> sizes) {
  std::vector<Series> gradients, updates;
  for (const LayerSize& size : sizes) {
    if (size.parameter.ends_with(".bias")) continue;
    auto found = std::ranges::find(gradients, size.parameter, &Series::name);
    if (found == gradients.end()) {
      gradients.push_back({size.parameter});
      updates.push_back({size.parameter});
      found = gradients.end() - 1;
    }
    const auto at = static_cast<double>(size.step);
    found->points.emplace_back(at, size.gradient);
    if (size.update > 0 && size.weight > 0)
      updates[static_cast<std::size_t>(found - gradients.begin())].points.emplace_back(
          at, size.update / size.weight);
  }
  const std::string step = parts.say("step", "스텝");
  return parts.section(
      parts.say("Gradients and updates", "기울기와 갱신"),
      svg(Chart{.title = parts.say("The gradient's Euclidean norm, layer by layer",
                                   "층별 기울기의 유클리드 노름"),
                .x_label = step,
                .y_label = parts.say("gradient", "기울기"),
                .series = gradients,
                .logarithmic = true}) +
          svg(Chart{.title = parts.say("How much of a weight a step changes: update over weight",
                                       "한 스텝에 바뀌는 비율: 갱신 / 가중치"),
                    .x_label = step,
                    .y_label = parts.say("update / weight", "갱신 / 가중치"),
                    .series = updates,
                    .logarithmic = true}));
}

std::string columns_section(ReportParts& parts, std::span<const data::ColumnReport> columns) {
  Rows rows;
  for (const data::ColumnReport& column : columns)
    rows.push_back({column.name, column_words(column.kind, parts.language()),
                    fmt::format("{}", column.missing),
                    column_words(column.values, parts.language()),
                    column_words(column.treatment, parts.language())});
  return parts.section(parts.say("Data", "데이터"),
                       parts.table(parts.say("Columns", "열"),
                                   {parts.say("column", "열"), parts.say("kind", "종류"),
                                    parts.say("missing", "결측치"), parts.say("values", "값"),
                                    parts.say("treatment", "처리")},
                                   rows));
}

}  // namespace chainrule::page
