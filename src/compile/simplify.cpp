#include <algorithm>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "chainrule/ops.h"
#include "compile/passes.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

using Operands = std::span<const Value>;

// The number that every element of a constant has.
std::optional<double> uniform(Value x) {
  const Node& node = x.node();
  if (node.op != &constant_op || node.attributes.reals.size() != 1) return std::nullopt;
  return node.attributes.reals[0];
}

Value operand(Value x, std::size_t i) { return x.graph().value(x.node().inputs[i]); }

// f of constants is a constant.
Value fold(Graph& graph, const Node& node, Operands x) {
  std::array<double, 3> numbers{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto number = uniform(x[i]);
    if (!number) return {};
    numbers[i] = *number;
  }
  return graph.constant(node.op->scalar(numbers.data()), node.shape);
}

// What the record says of f(x, number); to the bit, so x * 0 is not among it: x may be infinite.
Value identity_rule(Graph& graph, const Node& node, Operands x) {
  for (std::size_t i = 0; x.size() == 2 && i < 2; ++i) {
    const auto number = uniform(x[i]);
    if (!number) continue;
    if (const Identity* known = find_identity(*node.op, i, *number))
      return known->gives ? graph.constant(*known->gives, node.shape) : x[1 - i];
  }
  return {};
}

// Operations that can be said with less.
Value shorter_rule(const Node& node, Operands x) {
  const Op* op = node.op;
  if (op == &power_op && uniform(x[1]) == 2.0) return x[0] * x[0];
  if (op == &negate_op && x[0].node().op == &negate_op) return operand(x[0], 0);
  if (op == &add_op && x[1].node().op == &negate_op) return x[0] - operand(x[1], 0);
  if (op == &subtract_op && x[1].node().op == &negate_op) return x[0] + operand(x[1], 0);
  return {};
}

Value layout_rule(Graph& graph, const Node& node, Operands x) {
  const Op* op = node.op;
  const bool is_layout = op == &broadcast_op || op == &reshape_op || op == &transpose_op;
  if (!is_layout) return {};
  if (const auto number = uniform(x[0])) return graph.constant(*number, node.shape);
  if (op != &transpose_op && x[0].shape() == node.shape && !is_leaf(x[0].node())) return x[0];
  if (x[0].node().op != op) return {};
  const Value inner = operand(x[0], 0);
  if (op == &broadcast_op) return broadcast(inner, node.shape);
  if (op == &reshape_op)
    return inner.shape() == node.shape && !is_leaf(inner.node()) ? inner : Value{};
  std::vector<std::int64_t> order;
  for (const std::int64_t axis : node.attributes.ints)
    order.push_back(x[0].node().attributes.ints[static_cast<std::size_t>(axis)]);
  return std::ranges::is_sorted(order) ? inner : transpose(inner, order);
}

// f(broadcast(a), broadcast(b), number) is broadcast(f(a, b, number)): less work.
Value sink_broadcast(Graph& graph, const Node& node, Operands x) {
  std::optional<Shape> small;
  for (const Value& value : x) {
    if (uniform(value)) continue;
    if (value.node().op != &broadcast_op) return {};
    const Shape shape = operand(value, 0).shape();
    if (small && *small != shape) return {};
    small = shape;
  }
  if (!small) return {};
  std::vector<Value> operands;
  for (const Value& value : x) {
    const auto number = uniform(value);
    operands.push_back(number ? graph.constant(*number, *small) : operand(value, 0));
  }
  return broadcast(graph.apply(*node.op, operands, node.attributes), node.shape);
}

// A reduction over axes of extent 1 reduces nothing.
Value reduction_rule(const Node& node, Operands x) {
  if (node.op != &sum_op && node.op != &max_op) return {};
  return x[0].shape() == node.shape && !is_leaf(x[0].node()) ? x[0] : Value{};
}

Value apply_rules(Graph& graph, const Node& node, Operands x) {
  if (node.op->kind == OpKind::elementwise) {
    if (const Value folded = fold(graph, node, x)) return folded;
    if (const Value simpler = identity_rule(graph, node, x)) return simpler;
    if (const Value shorter = shorter_rule(node, x)) return shorter;
    if (const Value sunk = sink_broadcast(graph, node, x)) return sunk;
  }
  if (const Value simpler = layout_rule(graph, node, x)) return simpler;
  if (const Value simpler = reduction_rule(node, x)) return simpler;
  return keep(graph, node, x);
}

// What tells operations apart, as numbers; 0.0 and -0.0 are different constants.
template <class Take>
void for_each_mark(const Node& node, Take take) {
  take(static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(node.op)));
  for (const NodeId input : node.inputs) take(static_cast<std::uint64_t>(input));
  for (const std::int64_t number : node.attributes.ints) take(static_cast<std::uint64_t>(number));
  for (const double real : node.attributes.reals) take(bits_of(real));
  for (const std::int64_t extent : node.shape) take(static_cast<std::uint64_t>(extent));
}

bool are_equal(const Node& a, const Node& b) {
  return a.op == b.op && a.inputs == b.inputs && a.shape == b.shape &&
         a.attributes.ints == b.attributes.ints &&
         std::ranges::equal(a.attributes.reals, b.attributes.reals, {}, bits_of, bits_of);
}

// Equal operations on equal operands are one node.
class UniqueNodes {
 public:
  Value operator()(Graph& graph, const Node& node, Operands x) {
    const Value made = apply_rules(graph, node, x);
    if (made.node().op == &constant_op && made.node().attributes.reals.size() != 1) return made;
    const Node& result = made.node();
    if (is_leaf(result) && result.op != &constant_op) return made;
    std::uint64_t hash = 0;
    for_each_mark(result, [&](std::uint64_t mark) {
      hash = (hash ^ mark) * 0x9e3779b97f4a7c15U;  // Fibonacci hashing
      hash ^= hash >> 32;
    });
    const auto [begin, end] = nodes_.equal_range(hash);
    for (auto same = begin; same != end; ++same)
      if (are_equal(graph.node(same->second), result)) return graph.value(same->second);
    nodes_.emplace(hash, made.id());
    return made;
  }

 private:
  std::unordered_multimap<std::uint64_t, NodeId> nodes_;  // by their hash
};

}  // namespace

void simplify(Draft& draft) {
  // Each round can open the way for the next; a fixed bound keeps compile time in check.
  for (int round = 0; round < 8; ++round) {
    const std::int64_t before = draft.graph.size();
    UniqueNodes unique;
    draft.graph = rewrite(draft.graph, std::ref(unique));
    if (round > 0 && draft.graph.size() == before) break;
  }
  // w * 1 may have become w, which an update overwrites. A constant stays what it is.
  draft.graph = rewrite(draft.graph, keep, [](Value result) {
    return result.node().op == &constant_op ? result : copy_if_leaf(result);
  });
  draft.groups = single_groups(draft.graph);
}

}  // namespace chainrule
