#include "explain/page/page.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "explain/page/notation_notes.h"
#include "explain/page/steps_table.h"
#include "explain/worked/builder.h"

namespace chainrule::page {

Builder::Builder(const TrainingStep& step, std::string asked, Tamper tamper, Feeds from,
                 std::int64_t row)
    : step_(step),
      asked_(std::move(asked)),
      tamper_(std::move(tamper)),
      from_(std::move(from)),
      row_(row),
      suffix_(row > 0 ? fmt::format("({})", row) : ""),
      step_at_(std::make_unique<WorkedStep>(step, from_)),
      traced_(*step_at_),
      formulas_(traced_.run.elements().unnamed(Manner::textbook)),
      computed_(traced_.run.elements().unnamed(Manner::computed)) {
  names_ = names_of(step_, traced_);
  has_deltas_ = !symbol_pattern(step_, "delta").empty();
}

namespace {

// Keeps what is nearer to its bound, or further beyond it.
void keep_worse(double& error, double& allowed, double other_error, double other_allowed) {
  if (std::isnan(other_error)) other_error = std::numeric_limits<double>::infinity();
  if (other_error / other_allowed <= error / allowed) return;
  error = other_error;
  allowed = other_allowed;
}

}  // namespace

void Verdict::note_product(double error, double allowed) {
  keep_worse(max_relative_error, allowed_error, error, allowed);
}

void Verdict::note(const Difference& found) {
  ++differences;
  if (found.kink) {
    ++kinks;
    return;
  }
  keep_worse(difference_error, allowed_difference, found.error, found.allowed);
}

Page Builder::build() {
  name_everything();
  find_asked();
  require_trained();
  if (!step_.others.empty()) return build_batch();
  std::string widths = fmt::format("{}", x_.size());
  for (const Layer& layer : traced_.layers) widths += fmt::format("-{}", layer.units());
  page_.title = {Phrase::page_title, {Name{widths}}};
  page_.diagram = diagram();
  page_.sections = {network_section(), forward_section(), errors_section()};
  for (std::size_t l = traced_.layers.size(); l-- > 0;) page_.sections.push_back(step_section(l));
  add_input_gradient();
  const std::vector<DoubleTensor> after = traced_.run.values_after();
  page_.before =
      state([&](NodeId id) -> const DoubleTensor& { return traced_.run.elements().values(id); });
  page_.after = state([&](NodeId id) -> const DoubleTensor& { return after[index(id)]; });
  page_.verdict = judged();
  page_.sections.push_back(update_section());
  page_.sections.push_back(check_section());
  if (!asked_.empty()) keep_story();
  add_notation_notes(page_);
  rename(page_, names_);
  return std::move(page_);
}

void require_place(const TrainingStep& step) {
  const WorkedStep traced(step);
  names_of(step, traced);
}

std::vector<Quantity> Builder::in_short() {
  name_everything();
  Quantities all{{.symbol = total_, .value = traced_.at(traced_.run.loss())}};
  if (step_.others.empty()) all.insert(all.end(), h_.back().begin(), h_.back().end());
  for (std::size_t p = 0; p < parameters_.size(); ++p)
    if (traced_.is_trained(p)) all.insert(all.end(), parameters_[p].begin(), parameters_[p].end());
  return all;
}

namespace {

Page built(Builder builder, PageForm form, bool is_full = true) {
  if (!is_full && form == PageForm::scalar && builder.is_long()) return builder.build_summary();
  return form == PageForm::matrix ? builder.build_matrix() : builder.build();
}

}  // namespace

Page build_page(const TrainingStep& step, const std::string& parameter, const Tamper& tamper,
                PageForm form) {
  return built(Builder(step, parameter, tamper), form);
}

Page page_of_step(const TrainingStep& step, const std::string& parameter, std::int64_t number,
                  PageForm form, bool is_full) {
  if (step.steps < 1) throw UsageError(fmt::format("{} steps: take at least 1", step.steps));
  if (number < 0 || number > step.steps)
    throw UsageError(fmt::format("step {}: there are steps 1 to {}", number, step.steps));
  Feeds from;
  if (number == 0 && step.steps > 1 && parameter.empty()) {
    std::vector<std::vector<Quantity>> rows;
    for (std::int64_t done = 0; done <= step.steps; ++done) {
      Builder builder(step, "", {}, from);
      rows.push_back(builder.in_short());
      from = builder.next();
    }
    Page page = steps_page(rows);
    rename(page, Builder(step, "", {}).names());
    return page;
  }
  for (std::int64_t s = 1; s < number; ++s) from = WorkedStep(step, from).next();
  return built(Builder(step, parameter, {}, from), form, is_full);
}

}  // namespace chainrule::page
