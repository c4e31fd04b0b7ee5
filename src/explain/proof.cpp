#include "explain/proof.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "explain/differences.h"

namespace chainrule::page {
namespace {

// Single precision carries rounding from every layer; this much of it is no disagreement.
constexpr double engine_tolerance = 1e-3;

double loss_of(RunStep& step) { return std::abs(step.elements().value({step.loss().id(), 0})); }

double largest(RunStep& step, NodeId node) {
  double size = 0;
  for (std::int64_t i = 0; i < step.graph().node(node).shape.size(); ++i)
    size = std::max(size, std::abs(step.elements().value({node, i})));
  return size;
}

// Relative to the number itself, or, where it is tiny beside the tensor's others or the loss, to a
// hundredth of those: what is 0 by cancellation has no digits of its own.
double distance(RunStep& step, Element element, double told, double engine, bool is_slope) {
  const double others =
      is_slope ? 1e-2 * std::max(largest(step, element.node), loss_of(step)) : 0.0;
  return std::abs(told - engine) / std::max({std::abs(told), others, 1e-4});
}

// Differences carry the rounding of the loss, which is no error of the gradient.
Difference beside_difference(RunStep& step, Element element, double told, Element variable) {
  const double least = std::max(1e-3 * largest(step, element.node), 1e-5 * loss_of(step));
  const auto error = [&](double a, double b) {
    const double scale = std::max({std::abs(a), std::abs(b), least});
    const double relative = scale == 0 ? 0 : std::abs(a - b) / scale;
    return std::isfinite(relative) ? relative : std::numeric_limits<double>::infinity();
  };
  const double start = step.elements().value(variable);
  return difference(
      told, [&](double shift) { return step.loss_with(variable, start + shift); }, error);
}

Sentence finding(bool agrees, Phrase good, Phrase bad, double error, double allowed) {
  return {agrees ? good : bad, {Figure{error}, Figure{allowed}}};
}

}  // namespace

void add_proof(RunStep& step, Element element, double told, std::optional<Element> variable,
               Section& section, Verdict& verdict) {
  const double engine = step.in_single_precision(element);
  const double apart = distance(step, element, told, engine, variable.has_value());
  const bool engine_agrees = apart <= engine_tolerance;
  Group figures{{Quantity{"proof factors", told}, {}}, {Quantity{"proof engine", engine}, {}}};
  std::vector<Sentence> findings{finding(engine_agrees, Phrase::engine_agrees,
                                         Phrase::engine_differs, apart, engine_tolerance)};
  verdict.passed = verdict.passed && engine_agrees;
  if (variable) {
    const Difference found = beside_difference(step, element, told, *variable);
    figures.push_back({Quantity{"proof difference", found.slope}, {}});
    const bool agrees = found.kink || found.error <= difference_tolerance;
    verdict.differences = 1;
    verdict.kinks = found.kink ? 1 : 0;
    verdict.difference_error = found.kink ? 0 : found.error;
    verdict.passed = verdict.passed && agrees;
    findings.push_back(found.kink
                           ? Sentence{Phrase::kink_here}
                           : finding(agrees, Phrase::difference_agrees, Phrase::difference_differs,
                                     found.error, difference_tolerance));
  }
  section.blocks.emplace_back(std::move(figures));
  for (Sentence& sentence : findings) section.blocks.emplace_back(std::move(sentence));
}

}  // namespace chainrule::page
