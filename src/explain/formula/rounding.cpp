#include "explain/formula/rounding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "graph/op.h"
#include "ops/op_list.h"
#include "runtime/reference.h"

namespace chainrule::page {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// In roundings: none for what picks or changes a sign. A quotient may be computed as a product with
// the reciprocal, which is two; the kernels' functions are within 3 units in the last place, which
// are 6 roundings.
double own_roundings(const Op& op) {
  constexpr std::array picks{&negate_op,  &abs_op,        &sign_op,    &maximum_op,
                             &minimum_op, &select_op,     &greater_op, &greater_equal_op,
                             &less_op,    &less_equal_op, &equal_op,   &not_equal_op};
  constexpr std::array simple{&add_op, &subtract_op, &multiply_op, &divide_op, &sqrt_op};
  if (std::ranges::find(picks, &op) != picks.end()) return 0;
  return std::ranges::find(simple, &op) != simple.end() ? 2 : 8;
}

// How far the result moves while each operand moves by its error: in the corners of the box in
// which the operands lie, for a function that is monotone there, and where two of them meet, for
// one that asks whether they are equal.
template <class Function>
double passed_on(const Function& function, std::span<const double> x,
                 std::span<const double> errors, double y) {
  if (std::ranges::all_of(errors, [](double e) { return e == 0; })) return 0;
  double farthest = 0;
  std::array<double, 3> at{};
  const auto look = [&] {
    const double away = std::abs(function(at.data()) - y);
    farthest = std::isnan(away) ? infinity : std::max(farthest, away);
  };
  for (unsigned corner = 0; corner < (1U << x.size()) && farthest < infinity; ++corner) {
    for (std::size_t k = 0; k < x.size(); ++k) {
      const bool up = ((corner >> k) & 1U) != 0;
      at[k] = errors[k] == 0 ? x[k]
              : up           ? std::nextafter(x[k] + errors[k], infinity)
                             : std::nextafter(x[k] - errors[k], -infinity);
    }
    look();
  }
  if (x.size() == 2 && std::abs(x[0] - x[1]) <= errors[0] + errors[1]) {
    at = {x[1], x[1]};
    look();
  }
  return farthest;
}

double with_own(double error, const Op& op, double y, const Arithmetic& arithmetic) {
  const double own = own_roundings(op);
  if (own == 0 || y == 0) return error;
  return error + own * arithmetic.unit * std::abs(y) + arithmetic.least;
}

DoubleTensor magnitudes(const DoubleTensor& x) {
  DoubleTensor result = x;
  for (double& value : result.values) value = std::abs(value);
  return result;
}

// The operands of a node, and the errors that they have already.
struct LocalErrors {
  const Node& node;
  std::vector<const DoubleTensor*> x, errors;
  const DoubleTensor& y;
  const Arithmetic& arithmetic;
};

DoubleTensor of_constant(const LocalErrors& at) {
  DoubleTensor error(at.node.shape);
  if (at.arithmetic.unit == doubles.unit) return error;
  for (std::size_t i = 0; i < error.values.size(); ++i)
    error.values[i] = std::abs(at.y.values[i]) * at.arithmetic.unit;
  return error;
}

DoubleTensor of_elementwise(const LocalErrors& at) {
  DoubleTensor error(at.node.shape);
  std::array<double, 3> x{}, errors{};
  for (std::size_t i = 0; i < error.values.size(); ++i) {
    for (std::size_t k = 0; k < at.x.size(); ++k) {
      x[k] = at.x[k]->values[i];
      errors[k] = at.errors[k]->values[i];
    }
    const double y = at.y.values[i];
    const double moved = passed_on(at.node.op->scalar, std::span(x).first(at.x.size()),
                                   std::span(errors).first(at.x.size()), y);
    error.values[i] = with_own(moved, *at.node.op, y, at.arithmetic);
  }
  return error;
}

// |A| dB + dA (|B| + dB), and k roundings of |A| |B| for sums of k products.
DoubleTensor of_product(const LocalErrors& at) {
  const std::vector<std::int64_t>& flags = at.node.attributes.ints;
  const bool transposed = !flags.empty() && flags[0] != 0;
  const Shape& shape = at.x[0]->shape;
  const auto terms = static_cast<double>(shape[shape.rank() - (transposed ? 2 : 1)]);
  const DoubleTensor a = magnitudes(*at.x[0]);
  DoubleTensor b = magnitudes(*at.x[1]), moved = b;
  for (std::size_t i = 0; i < b.values.size(); ++i) {
    const double error = at.errors[1]->values[i];
    moved.values[i] = error + terms * at.arithmetic.unit * b.values[i] + at.arithmetic.least;
    b.values[i] += error;
  }
  DoubleTensor error = evaluate_node(at.node, std::vector<const DoubleTensor*>{&a, &moved});
  const DoubleTensor other =
      evaluate_node(at.node, std::vector<const DoubleTensor*>{at.errors[0], &b});
  for (std::size_t i = 0; i < error.values.size(); ++i) error.values[i] += other.values[i];
  return error;
}

// Every other operation moves numbers and adds them up, so that errors are moved and added up, too;
// a sum of n has n - 1 roundings of the terms' magnitudes. It is asked itself how many it adds.
DoubleTensor of_sum(const LocalErrors& at) {
  const auto is_data = [&](std::size_t k) {
    return k > 2 || ((at.node.op->check.differentiable >> k) & 1) != 0;
  };
  if (!is_data(0)) return DoubleTensor(at.node.shape);  // random numbers, which are exact
  Node node = at.node;
  if (node.op == &windows_op) node.attributes.reals = {0};  // what lies around images is exact
  const auto applied = [&](auto operand) {
    std::vector<DoubleTensor> made;
    for (std::size_t k = 0; k < at.x.size(); ++k)
      made.push_back(is_data(k) ? operand(k) : *at.x[k]);
    std::vector<const DoubleTensor*> x;
    x.reserve(made.size());
    for (const DoubleTensor& each : made) x.push_back(&each);
    return evaluate_node(node, x);
  };
  DoubleTensor error = applied([&](std::size_t k) { return *at.errors[k]; });
  if (at.node.op == &max_op) return error;  // which moves by no more than what it is taken of
  const DoubleTensor terms =
      applied([&](std::size_t k) { return DoubleTensor::filled(at.x[k]->shape, 1); });
  if (std::ranges::all_of(terms.values, [](double n) { return n <= 1; })) return error;
  const DoubleTensor sizes = applied([&](std::size_t k) { return magnitudes(*at.x[k]); });
  for (std::size_t i = 0; i < error.values.size(); ++i)
    error.values[i] += std::max(0.0, terms.values[i] - 1) * at.arithmetic.unit * sizes.values[i];
  return error;
}

DoubleTensor of_node(const LocalErrors& at);

// Through the composition.
DoubleTensor of_composite(const LocalErrors& at) {
  Graph graph;
  std::vector<Value> operands;
  for (const DoubleTensor* operand : at.x)
    operands.push_back(graph.input(fmt::format("x{}", operands.size()), operand->shape));
  const Value y = at.node.op->compose(operands, at.node.attributes);
  std::vector<DoubleTensor> values(index(graph.size())), errors(index(graph.size()));
  for (NodeId id = 0; id < graph.size(); ++id) {
    const auto i = index(id);
    if (i < operands.size()) {
      values[i] = *at.x[i];
      errors[i] = *at.errors[i];
      continue;
    }
    std::vector<const DoubleTensor*> x, x_errors;
    for (const NodeId input : graph.node(id).inputs) {
      x.push_back(&values[index(input)]);
      x_errors.push_back(&errors[index(input)]);
    }
    values[i] = evaluate_node(graph.node(id), x);
    errors[i] = of_node({graph.node(id), x, x_errors, values[i], at.arithmetic});
  }
  return errors[index(y.id())];
}

DoubleTensor of_node(const LocalErrors& at) {
  if (at.node.op == &constant_op) return of_constant(at);
  if (is_leaf(at.node)) return DoubleTensor(at.node.shape);
  if (is_elementwise(at.node)) return of_elementwise(at);
  if (at.node.op->compose != nullptr) return of_composite(at);
  return at.node.op == &matmul_op ? of_product(at) : of_sum(at);
}

Rounded of_composite(const Expression& formula, const std::vector<Rounded>& operands) {
  const Shape one{1};
  std::vector<DoubleTensor> values, errors;
  for (const Rounded& operand : operands) {
    values.push_back(DoubleTensor::filled(one, operand.value));
    errors.push_back(DoubleTensor::filled(one, operand.error));
  }
  std::vector<const DoubleTensor*> x, x_errors;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    x.push_back(&values[i]);
    x_errors.push_back(&errors[i]);
  }
  const Node node{.op = formula.op(), .attributes = formula.attributes(), .shape = one};
  const DoubleTensor y = evaluate_node(node, x);
  return {y.values[0], of_node({node, x, x_errors, y, doubles}).values[0]};
}

Rounded added_up(const std::vector<Rounded>& terms) {
  Rounded sum = terms[0];
  for (std::size_t i = 1; i < terms.size(); ++i) {
    sum.value += terms[i].value;
    sum.error += terms[i].error + doubles.unit * std::abs(sum.value);
  }
  return sum;
}

Rounded of_function(const Op& op, std::span<const Rounded> operands) {
  std::array<double, 3> x{}, errors{};
  for (std::size_t k = 0; k < operands.size(); ++k) {
    x[k] = operands[k].value;
    errors[k] = operands[k].error;
  }
  const double y = op.scalar(x.data());
  const double moved = passed_on(op.scalar, std::span(x).first(operands.size()),
                                 std::span(errors).first(operands.size()), y);
  return {y, with_own(moved, op, y, doubles)};
}

}  // namespace

Rounded evaluate_rounded(const Expression& formula,
                         const std::function<Rounded(const Quantity&)>& value_of) {
  if (formula.quantity() != nullptr) return value_of(*formula.quantity());
  if (formula.op() == nullptr) return {formula.constant(), 0};
  std::vector<Rounded> operands;
  operands.reserve(formula.operands().size());
  for (const Expression& operand : formula.operands())
    operands.push_back(evaluate_rounded(operand, value_of));
  if (formula.op() == &add_op) return added_up(operands);
  if (formula.op()->kind != OpKind::elementwise) return of_composite(formula, operands);
  const auto arity = static_cast<std::size_t>(formula.op()->arity);
  Rounded result = of_function(*formula.op(), std::span(operands).first(arity));
  for (std::size_t i = arity; i < operands.size(); ++i)
    result = of_function(*formula.op(), std::array{result, operands[i]});
  return result;
}

std::vector<DoubleTensor> rounding_errors(const Graph& graph, const ValuesOf& values, NodeId last,
                                          const Arithmetic& arithmetic,
                                          const std::function<bool(NodeId)>& is_exact,
                                          const std::function<void(NodeId, DoubleTensor&)>& visit) {
  const auto known = [&](NodeId id) { return is_exact && is_exact(id); };
  std::vector<char> needed(index(last) + 1, 0);
  needed[index(last)] = 1;
  for (NodeId id = last; id >= 0; --id)
    if (needed[index(id)] != 0 && !known(id))
      for (const NodeId input : graph.node(id).inputs) needed[index(input)] = 1;
  std::vector<DoubleTensor> errors(index(last) + 1);
  for (NodeId id = 0; id <= last; ++id) {
    if (needed[index(id)] == 0) continue;
    if (known(id)) {
      errors[index(id)] = DoubleTensor(graph.node(id).shape);
      continue;
    }
    std::vector<const DoubleTensor*> x, x_errors;
    for (const NodeId input : graph.node(id).inputs) {
      x.push_back(&values(input));
      x_errors.push_back(&errors[index(input)]);
    }
    errors[index(id)] = of_node({graph.node(id), x, x_errors, values(id), arithmetic});
    if (visit) visit(id, errors[index(id)]);
  }
  return errors;
}

double loss_rounding(const Graph& graph, const ValuesOf& values, NodeId loss,
                     std::span<const Value> inner, std::span<const Value> gradients) {
  double total = 0;
  const auto visit = [&](NodeId id, DoubleTensor& error) {
    const auto found = std::ranges::find(inner, id, &Value::id);
    if (found == inner.end()) return;
    const Value gradient = gradients[static_cast<std::size_t>(found - inner.begin())];
    const std::vector<double>& slopes = values(gradient.id()).values;
    for (std::size_t i = 0; i < slopes.size(); ++i) {
      if (slopes[i] != 0) total += std::abs(slopes[i]) * error.values[i];
      error.values[i] = 0;
    }
  };
  const double own = rounding_errors(graph, values, loss, doubles, {}, visit).back().values[0];
  return total + own;
}

}  // namespace chainrule::page
