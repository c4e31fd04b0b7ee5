#include "chainrule/gradient.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/boundary.h"
#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "graph/op.h"

namespace chainrule {
namespace {

std::vector<Value> operands_of(Value y) {
  std::vector<Value> x;
  for (const NodeId input : y.node().inputs) x.push_back(y.graph().value(input));
  return x;
}

// Reverse mode from y down to wrt. `first` bounds the walk: nodes before it, other than wrt, are
// taken as given. dE_d[i] is the sum of what has arrived at node i so far.
std::vector<Value> walk_back(Value y, Value seed, std::span<const Value> wrt, NodeId first);

// What flows to each operand of y when g = dE/dy arrives.
std::vector<Value> chain(Value y, Value g) {
  const Op& op = *y.node().op;
  const std::vector<Value> x = operands_of(y);
  const Attributes attributes = y.node().attributes;  // a copy: tracing moves the nodes
  const Local at{x, y, attributes};
  if (op.chain_rule != nullptr) return op.chain_rule(at, g);
  if (op.partials != nullptr) {
    std::vector<Value> flow = op.partials(at);
    for (Value& partial : flow)
      if (partial) partial = g * partial;
    return flow;
  }
  if (op.compose == nullptr) throw InternalError(fmt::format("{} has no derivative", op.name));
  const auto first = static_cast<NodeId>(y.graph().size());
  std::vector<Value> flow = walk_back(op.compose(x, attributes), g, x, first);
  // A value that is several operands has got all of its gradient at the first of them.
  for (std::size_t i = 1; i < x.size(); ++i)
    if (std::find(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(i), x[i]) - x.begin() !=
        static_cast<std::ptrdiff_t>(i))
      flow[i] = {};
  return flow;
}

// By node: is it made without any input? Then what flows to it is the gradient of weights.
std::vector<char> find_weights(const Graph& graph) {
  std::vector<char> is_weight(static_cast<std::size_t>(graph.size()), 0);
  const auto at = [&](NodeId id) -> char& { return is_weight[static_cast<std::size_t>(id)]; };
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    at(id) = is_leaf(node) ? node.op != &input_op : std::ranges::all_of(node.inputs, at);
  }
  return is_weight;
}

// The nodes from `first` on were made for `flow`, one value per operand; says of those that only
// the gradient of weights needs that they are such.
void assign_weight_gradients(Graph& graph, std::span<const Value> flow,
                             std::span<const NodeId> operands, const std::vector<char>& is_weight,
                             NodeId first) {
  struct Needs {
    bool weight = false, input = false;
  };
  std::vector<Needs> needs(static_cast<std::size_t>(graph.size() - first));
  const auto at = [&](NodeId id) -> Needs& { return needs[static_cast<std::size_t>(id - first)]; };
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (flow[i] && flow[i].id() >= first)
      (is_weight[static_cast<std::size_t>(operands[i])] ? at(flow[i].id()).weight
                                                        : at(flow[i].id()).input) = true;
  for (auto id = static_cast<NodeId>(graph.size()); id-- > first;) {
    const Needs by = at(id);
    if (by.weight && !by.input)
      graph.assign(graph.value(id),
                   {.layer = graph.node(id).origin.layer, .phase = Phase::weight_gradient});
    for (const NodeId input : graph.node(id).inputs) {
      if (input < first) continue;
      at(input).weight |= by.weight;
      at(input).input |= by.input;
    }
  }
}

std::vector<Value> walk_back(Value y, Value seed, std::span<const Value> wrt, NodeId first) {
  Graph& graph = y.graph();
  const auto count = static_cast<std::size_t>(graph.size());
  const auto index = [](NodeId id) { return static_cast<std::size_t>(id); };
  std::vector<char> depends(count, 0);
  for (const Value& value : wrt) depends[index(value.id())] = 1;
  for (NodeId id = first; id <= y.id(); ++id)
    for (const NodeId input : graph.node(id).inputs)
      if (depends[index(input)]) depends[index(id)] = 1;

  const std::vector<char> is_weight = find_weights(graph);
  std::vector<Value> dE_d(count);
  if (depends[index(y.id())]) dE_d[index(y.id())] = seed;
  for (NodeId id = y.id(); id >= first; --id) {
    const Value g = dE_d[index(id)];
    // A leaf that is asked for ends the walk; an inner node that is asked for passes on as well.
    if (!g || is_leaf(graph.node(id))) continue;
    const OriginScope scope(graph,
                            {.layer = graph.node(id).origin.layer, .phase = Phase::input_gradient});
    const auto made_from = static_cast<NodeId>(graph.size());
    const std::vector<Value> flow = chain(graph.value(id), g);
    const std::vector<NodeId> inputs = graph.node(id).inputs;
    assign_weight_gradients(graph, flow, inputs, is_weight, made_from);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Value& total = dE_d[index(inputs[i])];
      if (flow[i] && depends[index(inputs[i])]) total = total ? total + flow[i] : flow[i];
    }
  }
  std::vector<Value> gradients;
  for (const Value& value : wrt) gradients.push_back(dE_d[index(value.id())]);
  return gradients;
}

}  // namespace

std::vector<Value> gradient(Value y, std::span<const Value> wrt, Value seed) try {
  Graph& graph = y.graph();
  for (const Value& value : wrt)
    if (!value || &value.graph() != &graph)
      throw UsageError("gradient: a value to differentiate by belongs to another graph");
  if (!seed) {
    if (y.shape().size() != 1)
      throw UsageError(fmt::format("gradient: y must be a scalar, it has shape {}; sum it first",
                                   y.shape().to_string()));
    seed = graph.constant(1.0, y.shape());
  }
  if (seed.shape() != y.shape())
    throw UsageError(fmt::format("gradient: the seed has shape {}, y {}", seed.shape().to_string(),
                                 y.shape().to_string()));
  std::vector<Value> gradients = walk_back(y, seed, wrt, 0);
  for (std::size_t i = 0; i < gradients.size(); ++i)
    if (!gradients[i]) gradients[i] = graph.constant(0.0, wrt[i].shape());
  return gradients;
} catch (...) {
  throw_ours();
}

Value local_partial(Value node, std::size_t operand) {
  return chain(node, node.graph().constant(1.0, node.shape()))[operand];
}

}  // namespace chainrule
