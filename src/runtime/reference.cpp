#include <fmt/format.h>

#include "base/boundary.h"
#include "base/standard_arithmetic.h"
#include "chainrule/error.h"
#include "chainrule/program.h"
#include "graph/op.h"
#include "runtime/reference.h"
#include "tensor/whole.h"

namespace chainrule {
namespace {

using Operands = std::vector<const DoubleTensor*>;

DoubleTensor constant(const Node& node) {
  if (node.attributes.reals.size() == 1)
    return DoubleTensor::filled(node.shape, node.attributes.reals[0]);
  return {node.shape, node.attributes.reals};
}

DoubleTensor given(const Node& node, const Feeds& feeds) {
  const auto found = feeds.find(node.name);
  if (found == feeds.end())
    throw UsageError(fmt::format("evaluate: no value was given for {}", node.name));
  if (found->second.shape != node.shape)
    throw UsageError(fmt::format("evaluate: {} has shape {}, the value given {}", node.name,
                                 node.shape.to_string(), found->second.shape.to_string()));
  require_whole(found->second);
  return found->second;
}

DoubleTensor elementwise(const Node& node, const Operands& x) {
  DoubleTensor y(node.shape);
  std::array<double, 3> operands{};
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    for (std::size_t k = 0; k < x.size(); ++k) operands[k] = x[k]->values[i];
    y.values[i] = node.op->scalar(operands.data());
  }
  return y;
}

DoubleTensor primitive(const Node& node, const Operands& x) {
  std::vector<const double*> data;
  std::vector<Shape> shapes;
  for (const DoubleTensor* operand : x) {
    data.push_back(operand->values.data());
    shapes.push_back(operand->shape);
  }
  DoubleTensor y(node.shape);
  node.op->reference({.x = data,
                      .x_shapes = shapes,
                      .y = y.values.data(),
                      .y_shape = node.shape,
                      .attributes = &node.attributes});
  return y;
}

// A composite is its composition, traced on the spot.
DoubleTensor composite(const Node& node, const Operands& x) {
  Graph graph;
  Feeds feeds;
  std::vector<Value> operands;
  for (const DoubleTensor* operand : x) {
    const std::string name = fmt::format("x{}", operands.size());
    operands.push_back(graph.input(name, operand->shape));
    feeds.emplace(name, *operand);
  }
  const Value y = node.op->compose(operands, node.attributes);
  return evaluate(graph, feeds)[static_cast<std::size_t>(y.id())];
}

DoubleTensor compute(const Node& node, const Operands& x) {
  if (node.op == &constant_op) return constant(node);
  if (is_elementwise(node)) return elementwise(node, x);
  return node.op->compose != nullptr ? composite(node, x) : primitive(node, x);
}

}  // namespace

DoubleTensor evaluate_node(const Node& node, std::span<const DoubleTensor* const> x) {
  return compute(node, {x.begin(), x.end()});
}

std::vector<DoubleTensor> evaluate(const Graph& graph, const Feeds& feeds) try {
  const StandardArithmetic arithmetic;
  for (const Bound& bound : graph.bounds()) {
    const Node& leaf = graph.node(bound.leaf);
    require_holds(bound, leaf.name, given(leaf, feeds).values[0]);
  }
  std::vector<DoubleTensor> values;
  values.reserve(graph.nodes().size());
  for (const Node& node : graph.nodes()) {
    Operands x;
    for (const NodeId input : node.inputs) x.push_back(&values[static_cast<std::size_t>(input)]);
    const bool is_given = is_leaf(node) && node.op != &constant_op;
    values.push_back(is_given ? given(node, feeds) : compute(node, x));
  }
  return values;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
