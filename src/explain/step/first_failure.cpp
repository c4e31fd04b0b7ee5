#include "explain/step/first_failure.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

bool has_finite_variables(Run& run) {
  const Session& session = run.model().session();
  return std::ranges::all_of(session.variables(), [&](const std::string& name) {
    return std::ranges::all_of(session.values(name), [](float v) { return std::isfinite(v); });
  });
}

std::int64_t count_of_broken(RunStep& step, NodeId node) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < step.graph().node(node).shape.size(); ++i)
    count += std::isfinite(step.elements().value({node, i})) ? 0 : 1;
  return count;
}

double rounded(double value) { return static_cast<double>(static_cast<float>(value)); }

bool is_sum_of_many(const Expression& e) { return e.op() == &add_op && e.operands().size() > 2; }

// The value in single precision; `found` becomes the first part that is not finite, operands first.
double evaluate_single(const Expression& e, std::optional<Expression>& found) {
  if (e.op() == nullptr) return rounded(evaluate(e));
  std::vector<Expression> operands;
  bool all_finite = true;
  for (const Expression& operand : e.operands()) {
    operands.emplace_back(evaluate_single(operand, found));
    all_finite = all_finite && std::isfinite(operands.back().constant());
  }
  double value = 0;
  if (is_sum_of_many(e)) {  // each sum on the way is rounded, too
    value = operands[0].constant();
    for (std::size_t i = 1; i < operands.size(); ++i)
      value = rounded(value + operands[i].constant());
  } else {
    value = rounded(evaluate(Expression(*e.op(), std::move(operands), e.attributes())));
  }
  if (all_finite && !std::isfinite(value) && !found) found = e;
  return value;
}

}  // namespace

// Training ends with a loss that is not finite, and a variable that is not finite stays so. So the
// last steps decide; further back than one step it was a number that the loss did not see.
std::optional<std::int64_t> first_failing_step(Run& run, const OnShare& on_share) {
  const std::int64_t last = run.steps();
  if (last == 0) return std::nullopt;
  for (std::int64_t back = 1;; back *= 4) {
    run.go_to(std::max<std::int64_t>(0, last - back));
    if (has_finite_variables(run)) break;
    if (run.step() == 0) return 1;
  }
  const std::int64_t begin = run.step();
  while (run.step() < last) {
    const double loss = run.advance();
    if (on_share)
      on_share(static_cast<double>(run.step() - begin) / static_cast<double>(last - begin));
    if (!std::isfinite(loss) || !has_finite_variables(run)) return run.step();
  }
  return std::nullopt;
}

std::optional<Origin> find_origin(RunStep& step) {
  std::vector<NodeId> open{step.loss().id()};
  for (const Update& update : step.graph().updates()) open.push_back(update.value);
  std::set<NodeId> broken;
  while (!open.empty()) {
    const NodeId node = open.back();
    open.pop_back();
    if (broken.contains(node) || count_of_broken(step, node) == 0) continue;
    broken.insert(node);
    for (const NodeId input : step.graph().node(node).inputs) open.push_back(input);
  }
  for (const NodeId node : broken) {  // in the order in which they are made
    if (!step.elements().has_name(node)) continue;
    Origin origin{{node, 0}, count_of_broken(step, node)};
    while (std::isfinite(step.elements().value(origin.element))) ++origin.element.index;
    return origin;
  }
  return std::nullopt;
}

std::optional<Expression> first_overflow(const Expression& formula) {
  std::optional<Expression> found;
  evaluate_single(formula, found);
  return found;
}

}  // namespace chainrule::page
