// Several examples in one step: each is worked by itself, as a row with numbers of its own; the
// batch's error and gradients are the means of theirs, and it is updated once.
#include <fmt/format.h>

#include "explain/page/notation_notes.h"
#include "explain/worked/builder.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

Expression mean_of(const std::vector<Expression>& terms) {
  return {divide_op, {sum_of(terms), static_cast<double>(terms.size())}};
}

// The step with one of its examples alone.
TrainingStep with_row(const TrainingStep& step, std::size_t row) {
  TrainingStep one = step;
  if (row > 0) {
    one.input = step.others[row - 1].input;
    one.target = step.others[row - 1].target;
  }
  one.others.clear();
  return one;
}

}  // namespace

void Builder::divide_rows() {
  for (std::size_t r = 0; r <= step_.others.size(); ++r) row_steps_.push_back(with_row(step_, r));
}

Expression Builder::mean_error(const std::vector<Builder>& rows) {
  std::vector<Expression> errors;
  errors.reserve(rows.size());
  for (const Builder& row : rows) errors.emplace_back(row.errors_.back());
  return mean_of(errors);
}

// Rows from where the step begins, or from other parameters.
std::vector<Builder> Builder::rows(const Feeds& from) const {
  std::vector<Builder> rows;
  rows.reserve(row_steps_.size());
  for (std::size_t r = 0; r < row_steps_.size(); ++r)
    rows.emplace_back(row_steps_[r], "", tamper_, from, static_cast<std::int64_t>(r) + 1);
  return rows;
}

void Builder::add_row(Builder& row) {
  row.name_everything();
  page_.sections.push_back(
      {{Phrase::example_title, {row.row_, static_cast<std::int64_t>(row_steps_.size())}},
       {Listing{Phrase::input, row.x_}, Listing{Phrase::target, row.target_}}});
  page_.sections.push_back(row.forward_section());
  page_.sections.push_back(row.errors_section());
  for (std::size_t l = traced_.layers.size(); l-- > 0;)
    page_.sections.push_back(row.step_section(l));
  told_on_.merge(row.told_on_);
}

Section Builder::batch_section(const std::vector<Builder>& rows) {
  Section section{{Phrase::batch_title},
                  {Sentence{Phrase::batch_text, {static_cast<std::int64_t>(rows.size())}}}};
  errors_ = {{.symbol = total_, .value = traced_.at(traced_.run.loss())}};
  section.blocks.emplace_back(Group{{errors_[0], mean_error(rows)}});
  for (std::size_t p = 0; p < parameters_.size() && traced_.is_trained(p); ++p)
    for (std::size_t e = 0; e < parameters_[p].size(); ++e) {
      if (!wanted(parameters_[p][e])) continue;
      std::vector<Expression> parts;
      Quantities factors;
      for (const Builder& row : rows) {
        parts.emplace_back(row.gradients_[p][e]);
        factors.push_back(row.gradients_[p][e]);
      }
      Quantity& gradient = gradients_[p][e];
      gradient.value = evaluate(mean_of(parts));
      page_.gradients.push_back({parameters_[p][e].symbol, gradient.value, false});
      page_.factors[parameters_[p][e].symbol] = std::move(factors);
      pending_.push_back({section.blocks.size(), p, e});
      section.blocks.emplace_back(Group{{gradient, mean_of(parts)}});
    }
  for (std::size_t l = 0; l < traced_.layers.size(); ++l) add_updates(section, l);
  return section;
}

// Forward propagation of all rows, before the step and after it.
void Builder::note_states(std::vector<Builder>& before) {
  std::vector<Builder> after = rows(traced_.next());
  const auto take = [](Builder& row, State& state) {
    const State own = row.state(
        [&](NodeId id) -> const DoubleTensor& { return row.traced_.run.elements().values(id); });
    state.forward.insert(state.forward.end(), own.forward.begin(), own.forward.end());
    state.errors.push_back(own.errors.back());
  };
  for (Builder& row : before) take(row, page_.before);
  page_.before.errors.push_back(errors_.back());
  for (Builder& row : after) {
    row.name_everything();
    row.forward_section();
    row.errors_section();
    take(row, page_.after);
  }
  page_.after.errors.push_back(
      {total_, traced_.run.values_after()[index(traced_.run.loss().id())].values[0], false});
}

Page Builder::build_batch() {
  std::string widths = fmt::format("{}", x_.size() / (step_.others.size() + 1));
  for (const Layer& layer : traced_.layers) widths += fmt::format("-{}", layer.units());
  page_.title = {Phrase::page_title, {Name{widths}}};
  divide_rows();
  page_.sections = {network_section()};
  std::vector<Builder> before = rows(from_);
  for (Builder& row : before) add_row(row);
  page_.sections.push_back(batch_section(before));
  note_states(before);
  page_.verdict = judged();
  page_.sections.push_back(update_section());
  page_.sections.push_back(check_section());
  z_.clear();
  for (Builder& row : before) z_.insert(z_.end(), row.z_.begin(), row.z_.end());
  if (!asked_.empty()) keep_story();
  add_notation_notes(page_);
  rename(page_, names_);
  return std::move(page_);
}

}  // namespace chainrule::page
