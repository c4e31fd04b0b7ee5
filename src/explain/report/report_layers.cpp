// The layers of a run's network, and the sizes of their gradients and updates.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/display.h"
#include "explain/report/report_sections.h"
#include "explain/write/chart.h"

namespace chainrule::page {
namespace {

double norm_of(const Tensor& tensor) {
  double squares = 0;
  for (const float value : tensor.values) squares += static_cast<double>(value) * value;
  return std::sqrt(squares);
}

// The layer's parameters, each with what it was and what it became, and how to ask for it.
std::string parameters_of(ReportParts& parts, const std::string& layer, const Weights& first,
                          const Weights& last) {
  Rows rows;
  for (const auto& [name, tensor] : last) {
    if (!name.starts_with(layer + ".")) continue;
    const auto before = first.find(name);
    rows.push_back({name, tensor.shape.to_string(), fmt::format("{}", tensor.shape.size()),
                    before == first.end() ? "" : fmt::format("{:.4g}", norm_of(before->second)),
                    fmt::format("{:.4g}", norm_of(tensor)),
                    parts.command("explain", shell_word(name))});
  }
  if (rows.empty()) return parts.paragraph(parts.say(Phrase::layer_without_parameters));
  return parts.paragraph(parts.say(Phrase::layer_norms)) +
         parts.table(
             layer,
             {parts.say(Phrase::parameter), parts.say(Phrase::shape), parts.say(Phrase::numbers),
              parts.say(Phrase::at_first), parts.say(Phrase::at_the_end), parts.say(Phrase::why)},
             rows, ReportParts::Last::commands);
}

}  // namespace

std::string layers_section(ReportParts& parts, const RunResult& result, const Weights& first,
                           const Weights& last) {
  Rows rows;
  Links links;
  std::string stories;
  for (const LayerSummary& layer : layer_table(result.config.network, result.config.row)) {
    rows.push_back({layer.name, layer.what.in(parts.language()), row_words(layer.x),
                    row_words(layer.y), fmt::format("{}", layer.parameters)});
    if (last.empty()) continue;
    const std::string id = fmt::format("layer-{}", rows.size() - 1);
    link_row(links, rows, rows.size() - 1, id);
    stories += parts.story(id, layer.name,
                           parameters_of(parts, layer.name, first, last) +
                               parts.paragraph(parts.say(Phrase::layer_names),
                                               parts.command("explain", shell_word(layer.name))));
  }
  return parts.section(
      parts.say(Phrase::layers),
      parts.table(parts.say(Phrase::layers),
                  {parts.say(Phrase::layer), parts.say(Phrase::kind), parts.say(Phrase::inputs),
                   parts.say(Phrase::outputs), parts.say(Phrase::parameters)},
                  rows, ReportParts::Last::words, links) +
          stories);
}

std::string sizes_section(ReportParts& parts, const RunResult& result) {
  std::vector<Series> gradients, updates;
  const LayerSize* last = nullptr;
  for (const LayerSize& size : result.sizes) {
    if (size.parameter.ends_with(".bias")) continue;
    last = &size;
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
  const std::string step = parts.say(Phrase::step_count);
  std::string text = svg(Chart{.title = parts.say(Phrase::report_gradients_chart),
                               .x_label = step,
                               .y_label = parts.say(Phrase::gradient),
                               .series = gradients,
                               .logarithmic = true}) +
                     svg(Chart{.title = parts.say(Phrase::report_updates_chart),
                               .x_label = step,
                               .y_label = parts.say(Phrase::update_over_weight),
                               .series = updates,
                               .logarithmic = true});
  if (last != nullptr && result.has_model)
    text += parts.paragraph(
        parts.say(Phrase::how_gradients),
        parts.command(
            "explain",
            fmt::format("{} --step {}", shell_word(last->parameter + ".gradient"), last->step)));
  return parts.section(parts.say(Phrase::report_gradients), text);
}

}  // namespace chainrule::page
