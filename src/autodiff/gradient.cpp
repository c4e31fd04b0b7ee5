#include "chainrule/gradient.h"

#include <algorithm>
#include <map>

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

// Differentiates within one graph, which grows meanwhile. No step looks at more of the graph than
// it has to: a composite's own walk is as long as its composition.
class Differentiation {
 public:
  explicit Differentiation(Graph& graph) : graph_(graph) {}

  // Reverse mode from y down to wrt. `first` bounds the walk: nodes before it, other than wrt, are
  // taken as given.
  std::vector<Value> walk_back(Value y, Value seed, std::span<const Value> wrt, NodeId first);

  // What flows to each operand of y when g = dE/dy arrives.
  std::vector<Value> chain(Value y, Value g);

 private:
  void assign_weight_gradients(std::span<const Value> flow, std::span<const NodeId> operands,
                               NodeId first);
  bool is_weight(NodeId id);

  Graph& graph_;
  std::vector<char> is_weight_{};  // by node, as far as it has been asked for
};

std::vector<Value> Differentiation::chain(Value y, Value g) {
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
  const auto first = static_cast<NodeId>(graph_.size());
  std::vector<Value> flow = walk_back(op.compose(x, attributes), g, x, first);
  // A value that is several operands has got all of its gradient at the first of them.
  for (std::size_t i = 1; i < x.size(); ++i)
    if (std::find(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(i), x[i]) - x.begin() !=
        static_cast<std::ptrdiff_t>(i))
      flow[i] = {};
  return flow;
}

// Is the node made without any input? Then what flows to it is the gradient of weights.
bool Differentiation::is_weight(NodeId asked) {
  const auto at = [&](NodeId id) { return is_weight_[static_cast<std::size_t>(id)] != 0; };
  for (auto id = static_cast<NodeId>(is_weight_.size()); id <= asked; ++id) {
    const Node& node = graph_.node(id);
    is_weight_.push_back(is_leaf(node) ? node.op != &input_op
                                       : std::ranges::all_of(node.inputs, at));
  }
  return at(asked);
}

// The nodes from `first` on were made for `flow`, one value per operand; says of those that only
// the gradient of weights needs that they are such.
void Differentiation::assign_weight_gradients(std::span<const Value> flow,
                                              std::span<const NodeId> operands, NodeId first) {
  struct Needs {
    bool weight = false, input = false;
  };
  std::vector<Needs> needs(static_cast<std::size_t>(graph_.size() - first));
  const auto at = [&](NodeId id) -> Needs& { return needs[static_cast<std::size_t>(id - first)]; };
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (flow[i] && flow[i].id() >= first)
      (is_weight(operands[i]) ? at(flow[i].id()).weight : at(flow[i].id()).input) = true;
  for (auto id = static_cast<NodeId>(graph_.size()); id-- > first;) {
    const Needs by = at(id);
    if (by.weight && !by.input)
      graph_.assign(graph_.value(id),
                    {.layer = graph_.node(id).origin.layer, .phase = Phase::weight_gradient});
    for (const NodeId input : graph_.node(id).inputs) {
      if (input < first) continue;
      at(input).weight |= by.weight;
      at(input).input |= by.input;
    }
  }
}

// Something for every node from `first` on, and for some before.
template <class T>
class ByNode {
 public:
  ByNode(std::span<const Value> before, NodeId first, NodeId end)
      : first_(first), from_first_(static_cast<std::size_t>(std::max(end - first, 0))) {
    for (const Value& value : before)
      if (value.id() < first) before_[value.id()] = {};
  }
  T* find(NodeId id) {  // null for other nodes
    if (id >= first_) return &from_first_[static_cast<std::size_t>(id - first_)];
    const auto found = before_.find(id);
    return found == before_.end() ? nullptr : &found->second;
  }

 private:
  NodeId first_;
  std::vector<T> from_first_;
  std::map<NodeId, T> before_{};
};

std::vector<Value> Differentiation::walk_back(Value y, Value seed, std::span<const Value> wrt,
                                              NodeId first) {
  struct Arrived {
    bool depends = false;  // does it depend on wrt?
    Value sum{};           // of what has arrived so far
  };
  ByNode<Arrived> nodes(wrt, first, static_cast<NodeId>(graph_.size()));
  const auto depends = [&](NodeId id) {
    const Arrived* node = nodes.find(id);
    return node != nullptr && node->depends;
  };
  for (const Value& value : wrt) nodes.find(value.id())->depends = true;
  for (NodeId id = first; id <= y.id(); ++id)
    if (std::ranges::any_of(graph_.node(id).inputs, depends)) nodes.find(id)->depends = true;

  if (depends(y.id())) nodes.find(y.id())->sum = seed;
  for (NodeId id = y.id(); id >= first; --id) {
    const Value g = nodes.find(id)->sum;
    // A leaf that is asked for ends the walk; an inner node that is asked for passes on as well.
    if (!g || is_leaf(graph_.node(id))) continue;
    const OriginScope scope(
        graph_, {.layer = graph_.node(id).origin.layer, .phase = Phase::input_gradient});
    const auto made_from = static_cast<NodeId>(graph_.size());
    const std::vector<Value> flow = chain(graph_.value(id), g);
    const std::vector<NodeId> inputs = graph_.node(id).inputs;
    assign_weight_gradients(flow, inputs, made_from);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!flow[i] || !depends(inputs[i])) continue;
      Value& total = nodes.find(inputs[i])->sum;
      total = total ? total + flow[i] : flow[i];
    }
  }
  std::vector<Value> gradients;
  for (const Value& value : wrt) gradients.push_back(nodes.find(value.id())->sum);
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
  std::vector<Value> gradients = Differentiation(graph).walk_back(y, seed, wrt, 0);
  for (std::size_t i = 0; i < gradients.size(); ++i)
    if (!gradients[i]) gradients[i] = graph.constant(0.0, wrt[i].shape());
  return gradients;
} catch (...) {
  throw_ours();
}

Value local_partial(Value node, std::size_t operand) {
  Graph& graph = node.graph();
  return Differentiation(graph).chain(node, graph.constant(1.0, node.shape()))[operand];
}

}  // namespace chainrule
