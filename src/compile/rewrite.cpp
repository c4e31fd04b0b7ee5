#include "compile/rewrite.h"

#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

bool is_constant(const Node& node) { return node.op == &constant_op; }

}  // namespace

Value copy_leaf(Graph& target, const Node& node) {
  if (node.op == &input_op) return target.input(node.name, node.shape);
  if (node.op == &variable_op) return target.variable(node.name, node.shape);
  if (node.attributes.reals.size() == 1)
    return target.constant(node.attributes.reals[0], node.shape);
  return target.constant(DoubleTensor(node.shape, node.attributes.reals));
}

Value copy_if_leaf(Value result) {
  if (!is_leaf(result.node())) return result;
  const Shape& shape = result.shape();
  return result.graph().apply(reshape_op, {{result}}, {.ints = {shape.begin(), shape.end()}});
}

std::vector<char> find_live(const Graph& graph) {
  std::vector<char> live(static_cast<std::size_t>(graph.size()), 0);
  for (const Output& output : graph.outputs()) live[static_cast<std::size_t>(output.node)] = 1;
  for (const Update& update : graph.updates()) live[static_cast<std::size_t>(update.value)] = 1;
  for (NodeId id = static_cast<NodeId>(graph.size()); id-- > 0;)
    if (live[static_cast<std::size_t>(id)])
      for (const NodeId input : graph.node(id).inputs) live[static_cast<std::size_t>(input)] = 1;
  return live;
}

Value keep(Graph& target, const Node& node, std::span<const Value> x) {
  return target.apply(*node.op, x, node.attributes);
}

Graph rewrite(const Graph& source, const Replace& replace, const Finish& finish) {
  const std::vector<char> live = find_live(source);
  Graph target;
  target.reserve(source.size());
  std::vector<Value> made(static_cast<std::size_t>(source.size()));
  std::vector<Value> operands;
  const auto replacement = [&](NodeId id) -> Value& { return made[static_cast<std::size_t>(id)]; };
  for (NodeId id = 0; id < source.size(); ++id) {
    const Node& node = source.node(id);
    const bool is_live = live[static_cast<std::size_t>(id)] != 0;
    target.enter(node.origin);
    if (is_leaf(node)) {
      if (is_live || !is_constant(node)) replacement(id) = copy_leaf(target, node);
      continue;
    }
    if (!is_live) continue;
    operands.clear();
    for (const NodeId input : node.inputs) operands.push_back(replacement(input));
    const Value value = replace(target, node, operands);
    if (!node.name.empty() && value.node().name.empty()) target.name(value, node.name);
    replacement(id) = value;
  }
  for (const Output& output : source.outputs())
    target.output(output.name, finish(replacement(output.node)));
  for (const Update& update : source.updates())
    target.update(replacement(update.variable), finish(replacement(update.value)));
  return target;
}

}  // namespace chainrule
