// What moved between two steps, as a page.
#include <fmt/format.h>

#include "base/boundary.h"
#include "base/display.h"
#include "chainrule/explain.h"
#include "explain/story/change_page.h"

namespace chainrule {
namespace page {
namespace {

Page page_of(const StepChanges& found, Language language) {
  Page page;
  page.title = {Phrase::diff_title, {found.from, found.to}};
  page.is_of_run = true;
  const auto begin = [&](Phrase title) { page.sections.push_back({{title}, {}}); };
  const auto tell = [&](Phrase phrase, std::vector<Argument> arguments = {}) {
    page.sections.back().blocks.emplace_back(Sentence{phrase, std::move(arguments)});
  };
  const auto show = [&](Table table) {
    page.sections.back().blocks.emplace_back(std::move(table));
  };

  begin(Phrase::diff_parameters);
  tell(Phrase::diff_parameters_text);
  Table parameters{{Phrase::parameter, Phrase::diff_norm, Phrase::row_change, Phrase::diff_share},
                   {}};
  for (const StepChanges::Parameter& each : found.parameters) {
    parameters.labels.push_back(each.name);
    parameters.rows.push_back({{each.name + " norm", each.before},
                               {each.name + " change", each.change},
                               {each.name + " relative", each.relative()}});
  }
  show(std::move(parameters));

  begin(Phrase::diff_weights);
  if (found.largest.empty()) return tell(Phrase::diff_nothing), page;
  Table weights{{Phrase::parameter, Phrase::before, Phrase::after, Phrase::row_change}, {}};
  for (const auto& [name, before, after] : found.largest)
    weights.rows.push_back({{name, before},
                            {name + "+", after, false, {}, Role::next},
                            {name + " change", after - before}});
  for (const auto& weight : found.largest) weights.labels.push_back(weight.name);
  show(std::move(weights));

  begin(Phrase::diff_rows);
  tell(Phrase::diff_rows_text, {static_cast<std::int64_t>(found.largest.size())});
  Table rows{{Phrase::diff_row, Phrase::diff_push}, {}};
  for (const auto& [row, push] : found.strongest) {
    rows.labels.push_back(row_words(row, language));
    rows.rows.push_back({{fmt::format("push {}", row.number), push}});
  }
  show(std::move(rows));
  tell(Phrase::diff_pushed, {found.rows, found.towards, found.away_from, Quantity{"", found.pushed},
                             Quantity{"", found.moved}});
  return page;
}

Page page_of(const EpochChanges& found, Language language) {
  Page page;
  page.title = {Phrase::epoch_title, {found.epoch}};
  page.is_of_run = true;
  Section section{{Phrase::epoch_rows}, {}};
  const auto tell = [&](Phrase phrase, std::vector<Argument> arguments = {}) {
    section.blocks.emplace_back(Sentence{phrase, std::move(arguments)});
  };
  tell(Phrase::epoch_counts, {found.rows, found.worse, found.better});
  tell(Phrase::epoch_losses, {Quantity{"", found.losses[0]}, Quantity{"", found.losses[1]}});
  if (!found.worst.empty()) {
    tell(Phrase::epoch_worst);
    Table table{{Phrase::diff_row, Phrase::before, Phrase::after, Phrase::row_change}, {}};
    for (const auto& [rows, losses] : found.worst) {
      table.labels.push_back(rows[0].predicted == rows[1].predicted
                                 ? row_words(rows[1], language)
                                 : fmt::format("{}, {} → {}", row_words(rows[1], language, false),
                                               rows[0].predicted, rows[1].predicted));
      const std::string name = fmt::format("loss {}", rows[0].number);
      table.rows.push_back({{name + " before", losses[0]},
                            {name + " after", losses[1]},
                            {name + " change", losses[1] - losses[0]}});
    }
    section.blocks.emplace_back(std::move(table));
  }
  page.sections.push_back(std::move(section));

  Section check{{Phrase::check_title}, {}};
  page.verdict.passed = found.agrees();
  page.verdict.max_relative_error = found.error();
  check.blocks.emplace_back(Sentence{found.agrees() ? Phrase::epoch_agrees : Phrase::epoch_differs,
                                     {Quantity{"", found.recorded[1]}, Figure{found.error()}}});
  check.blocks.emplace_back(Sentence{found.agrees() ? Phrase::passed : Phrase::failed});
  page.sections.push_back(std::move(check));
  return page;
}

}  // namespace

std::string row_words(const RunRow& row, Language language, bool with_prediction) {
  constexpr int most = 24;
  std::string text = row.is_picture ? chainrule::shortened(row.file, most)
                                    : said(row.is_line ? Phrase::at_line : Phrase::at_example,
                                           language, row.number);
  text += ": " + chainrule::shortened(row.label, most);
  if (with_prediction) text += " → " + chainrule::shortened(row.predicted, most);
  return text;
}

Page epochs_page(const std::vector<Progress>& epochs) {
  Page page;
  page.title = {Phrase::epochs_title};
  page.is_of_run = true;
  Section section{{Phrase::compare_curves}, {}};
  Table table{{Phrase::epoch, Phrase::training, Phrase::validation}, {}};
  std::int64_t best = 0, rose = 0;
  double rise = 0;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const std::string name = std::to_string(i + 1);
    table.labels.push_back(name);
    table.rows.push_back({{"training_loss " + name, epochs[i].train_loss},
                          {"validation_loss " + name, epochs[i].validation->loss}});
    if (epochs[i].is_best) best = epochs[i].epoch;
    const double up = i == 0 ? 0 : epochs[i].validation->loss - epochs[i - 1].validation->loss;
    if (up > rise) rise = up, rose = epochs[i].epoch;
  }
  section.blocks.emplace_back(std::move(table));
  if (best > 0) section.blocks.emplace_back(Sentence{Phrase::epochs_best, {best}});
  section.blocks.emplace_back(rose > 0 ? Sentence{Phrase::epochs_rose, {rose}}
                                       : Sentence{Phrase::epochs_fell});
  page.sections.push_back(std::move(section));
  return page;
}

}  // namespace page

Explanation explain_changes(const StepChanges& changes, const ExplainOptions& options) try {
  page::require_digits(options);
  Explanation explanation = explained(page::page_of(changes, options.language), options);
  if (options.format == PageFormat::json) explanation.page = to_json(changes) + "\n";
  return explanation;
} catch (...) {
  throw_ours();
}

Explanation explain_changes(const EpochChanges& changes, const ExplainOptions& options) try {
  page::require_digits(options);
  Explanation explanation = explained(page::page_of(changes, options.language), options);
  if (options.format == PageFormat::json) explanation.page = to_json(changes) + "\n";
  return explanation;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
