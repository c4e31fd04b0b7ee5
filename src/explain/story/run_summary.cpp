// What there is to ask, and a whole tensor at a glance.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "explain/step/update_rule.h"
#include "explain/story/run_story.h"
#include "train/run/run_rows.h"

namespace chainrule::page {
namespace {

constexpr int entries_shown = 8;
constexpr int histogram_bars = 10;

std::vector<double> values_of(RunStep& step, NodeId node) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < step.graph().node(node).shape.size(); ++i)
    values.push_back(step.elements().value({node, i}));
  return values;
}

// Places of the entries that are largest by absolute value, the largest first.
std::vector<std::int64_t> largest_entries(const std::vector<double>& values) {
  std::vector<double> sizes;
  sizes.reserve(values.size());
  for (const double value : values) sizes.push_back(std::abs(value));
  const std::vector<std::size_t> places = largest(sizes, entries_shown);
  return {places.begin(), places.end()};
}

Group statistics(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value, squares += value * value;
  const double mean = sum / count;
  double spread = 0;
  for (const double value : values) spread += (value - mean) * (value - mean);
  const auto [low, high] = std::ranges::minmax_element(values);
  Group group;
  const auto add = [&](const char* what, double value) { group.push_back({{what, value}, {}}); };
  add("stat norm", std::sqrt(squares));
  add("stat mean", mean);
  add("stat deviation", std::sqrt(spread / count));
  add("stat smallest", *low);
  add("stat largest", *high);
  return group;
}

// Equal ranges from the smallest to the largest.
Table histogram(const std::vector<double>& values) {
  const auto [low, high] = std::ranges::minmax_element(values);
  const double width = (*high - *low) / histogram_bars;
  std::vector<double> counts(histogram_bars, 0);
  for (const double value : values) {
    const double bar = width > 0 ? (value - *low) / width : 0;
    ++counts[static_cast<std::size_t>(std::clamp(bar, 0.0, histogram_bars - 1.0))];
  }
  Table table{{Phrase::range, Phrase::entries}, {}};
  for (int bar = 0; bar < histogram_bars; ++bar) {
    const std::string range =
        fmt::format("{:.4g} .. {:.4g}", *low + bar * width, *low + (bar + 1) * width);
    table.rows.push_back({{range, counts[static_cast<std::size_t>(bar)], true}});
  }
  return table;
}

// The entries that this step changed most: a weight's story begins here.
Section changes_section(RunStep& step, Value variable) {
  const Value next = step.next_value(variable), gradient = step.gradient_of(variable);
  std::vector<double> change;
  for (std::int64_t i = 0; i < variable.shape().size(); ++i)
    change.push_back(step.elements().value({next.id(), i}) -
                     step.elements().value({variable.id(), i}));
  Section section{{Phrase::changes_title}, {}};
  Table table{{Phrase::parameter, Phrase::before, Phrase::gradient, Phrase::after}, {}};
  for (const std::int64_t i : largest_entries(change))
    table.rows.push_back({step.elements().quantity({variable.id(), i}),
                          step.elements().quantity({gradient.id(), i}),
                          step.elements().quantity({next.id(), i})});
  section.blocks.emplace_back(std::move(table));
  return section;
}

}  // namespace

Page build_summary(RunStep& step, const Asked& asked, const StepNotes& notes) {
  const Value node = step.graph().value(asked.element.node);
  const std::vector<double> values = values_of(step, node.id());
  Page page;
  page.title = {Phrase::where_from, {Given{asked.symbol}, notes.step}};
  Section about{{Phrase::tensor_title}, {}};
  add_choice(about, notes);
  about.blocks.emplace_back(
      Sentence{Phrase::tensor_about,
               {Given{asked.symbol}, Name{node.shape().to_string()}, node.shape().size()}});
  add_layer_words(about, step, node.id());
  about.blocks.emplace_back(statistics(values));
  about.blocks.emplace_back(histogram(values));
  page.sections.push_back(std::move(about));
  if (step.gradient_of(node) && node.node().inputs.empty())
    page.sections.push_back(changes_section(step, node));
  Section entries{{Phrase::entries_title}, {}};
  Listing listing{Phrase::largest_entries, {}};
  for (const std::int64_t i : largest_entries(values))
    listing.quantities.push_back(step.elements().quantity({node.id(), i}));
  const std::string first = listing.quantities.at(0).symbol;
  entries.blocks.emplace_back(std::move(listing));
  entries.blocks.emplace_back(Sentence{Phrase::ask_entry, {Name{first}}});
  page.sections.push_back(std::move(entries));
  return page;
}

Page build_accuracy(RunStep& step, const StepNotes& notes) {
  const Value output = step.prediction(), target = step.traced().target;
  const std::int64_t width = output.dim(1);
  const auto largest_of = [&](Value node, std::int64_t row) {
    std::int64_t best = 0;
    for (std::int64_t k = 1; k < width; ++k)
      if (step.elements().value({node.id(), row * width + k}) >
          step.elements().value({node.id(), row * width + best}))
        best = k;
    return best;
  };
  Page page;
  page.title = {Phrase::where_from, {Name{"accuracy"}, notes.step}};
  Section section{{Phrase::forward_title}, {}};
  std::vector<Block> wrong;
  std::int64_t right = 0;
  for (std::int64_t row = 0; row < step.batch(); ++row) {
    const std::int64_t said = largest_of(output, row);
    if (said == largest_of(target, row)) {
      ++right;
      continue;
    }
    if (static_cast<std::size_t>(row) < notes.samples.size()) add_sample_words(wrong, notes, row);
    wrong.emplace_back(Group{{step.elements().quantity({output.id(), row * width + said}), {}}});
  }
  section.blocks.emplace_back(
      Sentence{Phrase::accuracy_about,
               {right, step.batch(),
                Quantity{"", static_cast<double>(right) / static_cast<double>(step.batch())}}});
  if (!wrong.empty()) section.blocks.emplace_back(Sentence{Phrase::wrong_samples});
  section.blocks.insert(section.blocks.end(), wrong.begin(), wrong.end());
  page.sections.push_back(std::move(section));
  return page;
}

void add_rule(Section& section, RunStep& step, const nn::Parameter& parameter,
              const StepNotes& notes, Verdict& verdict) {
  section.blocks.emplace_back(Sentence{Phrase::optimizer_text, {Name{notes.optimizer}}});
  for (Sentence& words : rule_words(step, parameter)) section.blocks.emplace_back(std::move(words));
  section.blocks.emplace_back(Listing{Phrase::rule_constants, rule_constants(step, parameter)});
  std::vector<Scheduled> schedules = notes.schedules;
  for (Scheduled& each : schedules)
    if (each.symbol == "rate" && parameter.rate_factor == 1) each.symbol = rate_symbol(step);
  add_schedules(section, schedules, notes.step, notes.planned, verdict);
}

Page build_rule(RunStep& step, const Asked& asked, const StepNotes& notes) {
  Page page;
  page.title = {Phrase::where_from, {Given{asked.symbol}, notes.step}};
  page.sections.push_back(step_section(notes, step.batch()));
  Section section{{Phrase::update_title}, {}};
  const nn::Parameter& parameter = step.model().parameters.front();
  add_rule(section, step, parameter, notes, page.verdict);
  page.verdict.passed = page.verdict.products_agree();
  section.blocks.emplace_back(Sentence{
      Phrase::ask_entry, {Name{step.elements().quantity({parameter.variable.id(), 0}).symbol}}});
  page.sections.push_back(std::move(section));
  return page;
}

Page build_contents(RunStep& step, const StepNotes& notes, const std::string& layer) {
  Page page;
  page.title = {Phrase::contents_title, {notes.step, notes.steps}};
  Section section{{Phrase::names}, {}};
  Table table{{Phrase::name, Phrase::numbers}, {}};
  for (const std::string& name : names_to_ask(step, layer)) {
    Shape shape;
    if (name == "output") shape = step.prediction().shape();
    if (const auto node = step.find(name)) shape = node->shape();
    const std::string brackets = shape.rank() == 0 ? "" : " " + shape.to_string();
    table.rows.push_back({{name + brackets, static_cast<double>(shape.size()), true}});
  }
  if (layer.empty() && notes.is_validated) table.rows.push_back({{"validation.loss", 1, true}});
  section.blocks.emplace_back(std::move(table));
  section.blocks.emplace_back(Sentence{Phrase::names_text});
  page.sections.push_back(std::move(section));
  return page;
}

}  // namespace chainrule::page
