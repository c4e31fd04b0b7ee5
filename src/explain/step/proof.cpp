#include "explain/step/proof.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "explain/formula/rounding.h"
#include "explain/page/differences.h"

namespace chainrule::page {
namespace {

// Single precision carries rounding from every layer; this much of it is no disagreement.
constexpr double engine_tolerance = 1e-3;
// A weight's new value is nearly its old one.
constexpr double update_tolerance = 1e-5;

double loss_of(RunStep& step) { return std::abs(step.elements().value({step.loss().id(), 0})); }

double largest_of(RunStep& step, NodeId node) {
  double size = 0;
  for (std::int64_t i = 0; i < step.graph().node(node).shape.size(); ++i)
    size = std::max(size, std::abs(step.elements().value({node, i})));
  return size;
}

ValuesOf values_of(RunStep& step) {
  return [&step](NodeId id) -> const DoubleTensor& { return step.elements().values(id); };
}

struct Distance {
  double error, allowed;
};

// Relative to the number itself, or, where it is tiny beside the tensor's others or the loss, to a
// hundredth of those: what is 0 by cancellation has no digits of its own. What the rounding of
// single precision may have done to it is only worked out where that is not enough.
Distance distance(RunStep& step, Element element, double told, double engine, bool is_slope,
                  double tolerance = engine_tolerance) {
  const double others =
      is_slope ? 1e-2 * std::max(largest_of(step, element.node), loss_of(step)) : 0.0;
  const double scale = std::max({std::abs(told), others, 1e-4});
  Distance found{std::abs(told - engine) / scale, tolerance};
  if (found.error <= found.allowed || !std::isfinite(found.error)) return found;
  const DoubleTensor errors =
      rounding_errors(step.graph(), values_of(step), element.node, singles).back();
  const double error = errors.values[static_cast<std::size_t>(element.index)];
  found.allowed = std::max(found.allowed, error / scale);
  return found;
}

// Differences carry the rounding of the loss, which is no error of the gradient.
Difference beside_difference(RunStep& step, Element element, double told, Element variable) {
  const double start = step.elements().value(variable);
  return difference(
      told, {.at = [&](double shift) { return step.loss_with(variable, start + shift); },
             .rounding = [&] { return step.loss_rounding(); },
             .place = start,
             .size = std::max(1.0, largest_of(step, step.prediction().id())),
             .least = std::max(1e-3 * largest_of(step, element.node), 1e-5 * loss_of(step))});
}

Sentence finding(bool agrees, Phrase good, Phrase bad, double error, double allowed) {
  return {agrees ? good : bad, {Figure{error}, Figure{allowed}}};
}

}  // namespace

void add_proof(RunStep& step, Element element, double told, std::optional<Element> variable,
               Section& section, Verdict& verdict) {
  const double engine = step.in_single_precision(element);
  const Distance apart = distance(step, element, told, engine, variable.has_value());
  const bool engine_agrees = apart.error <= apart.allowed;
  Group figures{{Quantity{"proof factors", told}, {}}, {Quantity{"proof engine", engine}, {}}};
  std::vector<Sentence> findings{finding(engine_agrees, Phrase::engine_agrees,
                                         Phrase::engine_differs, apart.error, apart.allowed)};
  verdict.passed = verdict.passed && engine_agrees;
  if (variable) {
    const Difference found = beside_difference(step, element, told, *variable);
    figures.push_back({Quantity{"proof difference", found.slope}, {}});
    verdict.note(found);
    verdict.passed = verdict.passed && found.agrees();
    findings.push_back(found.kink
                           ? Sentence{Phrase::kink_here}
                           : finding(found.agrees(), Phrase::difference_agrees,
                                     Phrase::difference_differs, found.error, found.allowed));
  }
  section.blocks.emplace_back(std::move(figures));
  for (Sentence& sentence : findings) section.blocks.emplace_back(std::move(sentence));
}

void add_engines_update(RunStep& step, Element element, double told, Section& section,
                        Verdict& verdict) {
  const double engine = step.in_single_precision(element);
  const Distance apart = distance(step, element, told, engine, false, update_tolerance);
  const bool agrees = apart.error <= apart.allowed;
  verdict.passed = verdict.passed && agrees;
  section.blocks.emplace_back(
      Sentence{agrees ? Phrase::rule_engine : Phrase::rule_engine_differs,
               {Quantity{"", engine}, Figure{apart.error}, Figure{apart.allowed}}});
}

}  // namespace chainrule::page
