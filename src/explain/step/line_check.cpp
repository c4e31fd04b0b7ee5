#include "explain/step/line_check.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "explain/formula/rounding.h"
#include "explain/formula/shorten.h"
#include "graph/op.h"

namespace chainrule::page {
namespace {

// The rounding of numbers that are made of named ones, in one step.
class Steps {
 public:
  explicit Steps(RunStep& step) : step_(step) {}

  double rounding(Element element) {
    const std::vector<DoubleTensor>& errors = errors_of(element.node);
    return errors.back().values[static_cast<std::size_t>(element.index)];
  }

  bool is_made_of(NodeId node, NodeId part) {
    const std::vector<DoubleTensor>& errors = errors_of(node);
    const auto i = static_cast<std::size_t>(part);
    return i < errors.size() && !errors[i].values.empty();
  }

 private:
  const std::vector<DoubleTensor>& errors_of(NodeId node) {
    const auto [found, is_new] = errors_.try_emplace(node);
    if (is_new)
      found->second = rounding_errors(
          step_.graph(),
          [&](NodeId id) -> const DoubleTensor& { return step_.elements().values(id); }, node,
          doubles, [&](NodeId id) { return id != node && step_.elements().has_name(id); });
    return found->second;
  }

  RunStep& step_;
  std::map<NodeId, std::vector<DoubleTensor>> errors_;
};

double largest_term(const Expression& formula) {
  double size = 0;
  for (const Expression& term : terms_of(formula)) size = std::max(size, std::abs(evaluate(term)));
  return size;
}

// What books write may lose digits that the engine's way keeps, as ln(0.9999999) does. So both have
// the rounding that is their own. They begin with the same numbers, but for such as the p in ln(p),
// which the engine's loss passes by: those are off by a step's rounding, too.
double rounding(RunStep& step, Element element, const Expression& formula) {
  Steps steps(step);
  const double engines = steps.rounding(element);
  const auto value_of = [&](const Quantity& quantity) {
    const Element part = quantity.element;
    const bool passed_by = part.node >= 0 && !is_leaf(step.graph().node(part.node)) &&
                           !steps.is_made_of(element.node, part.node);
    return Rounded{quantity.value, passed_by ? steps.rounding(part) : 0};
  };
  return evaluate_rounded(formula, value_of).error + engines;
}

}  // namespace

void compare(RunStep& step, Element element, const Expression& formula, Verdict& verdict) {
  const double value = step.elements().value(element), told = evaluate(formula);
  const double size = std::max(std::abs(value), largest_term(formula));
  const auto relative = [size](double error) { return size == 0 ? error : error / size; };
  const double error = relative(std::abs(told - value));
  if (error <= product_tolerance) return verdict.note_product(error, product_tolerance);
  // A textbook's e^1000 is no number, whatever the quotient that it stands in is.
  if (std::isfinite(value) && !std::isfinite(told)) return;
  const double allowed = relative(rounding(step, element, formula));
  verdict.note_product(error, std::max(product_tolerance, allowed));
}

}  // namespace chainrule::page
