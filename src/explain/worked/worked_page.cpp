#include "explain/page/page.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "explain/page/notation_notes.h"
#include "explain/worked/builder.h"

namespace chainrule::page {

Builder::Builder(const TrainingStep& step, std::string asked, Tamper tamper)
    : step_(step),
      asked_(std::move(asked)),
      tamper_(std::move(tamper)),
      traced_(step),
      formulas_(traced_.run.elements().unnamed(Manner::textbook)),
      computed_(traced_.run.elements().unnamed(Manner::computed)) {}

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
  return std::move(page_);
}

void require_place(const TrainingStep& step) { const WorkedStep traced(step); }

Page build_page(const TrainingStep& step, const std::string& parameter, const Tamper& tamper) {
  return Builder(step, parameter, tamper).build();
}

}  // namespace chainrule::page
