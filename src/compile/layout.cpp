#include <algorithm>
#include <numeric>
#include <utility>

#include "chainrule/ops.h"
#include "compile/passes.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

using Inputs = std::span<const Value>;
using AxisOrder = std::vector<std::int64_t>;

std::size_t slot(std::int64_t axis) { return static_cast<std::size_t>(axis); }

Value source_of(Value x) { return x.graph().value(x.node().inputs[0]); }

bool is_transposed(Value x) { return x.node().op == &transpose_op; }
bool is_reshaped(Value x) { return x.node().op == &reshape_op && !is_leaf(source_of(x).node()); }
const AxisOrder& order_of(Value x) { return x.node().attributes.ints; }

AxisOrder inverse(const AxisOrder& order) {
  AxisOrder result(order.size());
  for (std::size_t axis = 0; axis < order.size(); ++axis)
    result[slot(order[axis])] = static_cast<std::int64_t>(axis);
  return result;
}

// With axes of extent 1 in front.
Shape widened(const Shape& shape, int rank) {
  std::vector<std::int64_t> extents(static_cast<std::size_t>(rank - shape.rank()), 1);
  extents.insert(extents.end(), shape.begin(), shape.end());
  return Shape(extents);
}

// Does the order move nothing but axes of extent 1?
bool keeps_elements(const Shape& shape, const AxisOrder& order) {
  std::int64_t last = -1;
  for (const std::int64_t axis : order) {
    if (shape[static_cast<int>(axis)] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

// What an operand of one element everywhere is under another shape, or nothing.
Value repeated(Value x, const Shape& shape) {
  const Node& node = x.node();
  if (node.op != &constant_op || node.attributes.reals.size() != 1) return {};
  return x.graph().constant(node.attributes.reals[0], shape);
}

// The broadcast that `order` makes x of: x = transpose(result, order).
Value broadcast_before(Value x, const AxisOrder& order) {
  if (x.node().op != &broadcast_op) return {};
  const Value small = source_of(x);
  const AxisOrder back = inverse(order);
  const Value wide = reshape(small, widened(small.shape(), x.shape().rank()));
  AxisOrder extents;
  for (const std::int64_t axis : back) extents.push_back(x.dim(static_cast<int>(axis)));
  return broadcast(transpose(wide, back), Shape(extents));
}

// Axes of two shapes of the same elements that stand for each other: [begin, end) of each.
struct AxisGroup {
  int begin[2], end[2];
};

std::vector<AxisGroup> axis_groups(const Shape& a, const Shape& b) {
  std::vector<AxisGroup> groups;
  int i = 0, j = 0;
  while (i < a.rank() || j < b.rank()) {
    AxisGroup group{.begin = {i, j}, .end = {}};
    std::int64_t left = i < a.rank() ? a[i++] : 1, right = j < b.rank() ? b[j++] : 1;
    while (left != right)
      if (left < right)
        left *= a[i++];
      else
        right *= b[j++];
    group.end[0] = i;
    group.end[1] = j;
    groups.push_back(group);
  }
  return groups;
}

// The broadcast over `shape`, of the same elements, that has x as its reshape; or nothing.
Value broadcast_before(Value x, const Shape& shape) {
  if (x.node().op != &broadcast_op || shape.size() == 0) return {};
  const Value small = source_of(x);
  const Shape wide = widened(small.shape(), x.shape().rank());
  std::vector<std::int64_t> extents(static_cast<std::size_t>(shape.rank()), 1);
  for (const AxisGroup& group : axis_groups(x.shape(), shape)) {
    bool is_one = true, is_whole = true;
    for (int axis = group.begin[0]; axis < group.end[0]; ++axis) {
      is_one &= wide[axis] == 1;
      is_whole &= wide[axis] == x.dim(axis);
    }
    if (!is_one && !is_whole) return {};
    for (int axis = group.begin[1]; axis < group.end[1] && is_whole; ++axis)
      extents[static_cast<std::size_t>(axis)] = shape[axis];
  }
  return broadcast(reshape(small, Shape(extents)), shape);
}

// f(transpose(a), transpose(b), broadcast(c), number) is transpose(f(a, b, broadcast(c'), number)).
Value pass_transpose(Graph& graph, const Node& node, Inputs x) {
  const auto first = std::ranges::find_if(x, is_transposed);
  if (first == x.end()) return {};
  const AxisOrder order = order_of(*first);
  const Shape shape = source_of(*first).shape();
  std::vector<Value> operands;
  for (const Value& value : x) {
    Value before;
    if (is_transposed(value) && order_of(value) == order) before = source_of(value);
    if (!before) before = repeated(value, shape);
    if (!before) before = broadcast_before(value, order);
    if (!before) return {};
    operands.push_back(before);
  }
  return transpose(graph.apply(*node.op, operands, node.attributes), order);
}

// The same of reshapes.
Value pass_reshape(Graph& graph, const Node& node, Inputs x) {
  const auto first = std::ranges::find_if(x, is_reshaped);
  if (first == x.end()) return {};
  const Shape shape = source_of(*first).shape();
  std::vector<Value> operands;
  for (const Value& value : x) {
    Value before;
    if (is_reshaped(value) && source_of(value).shape() == shape) before = source_of(value);
    if (!before) before = repeated(value, shape);
    if (!before) before = broadcast_before(value, shape);
    if (!before) return {};
    operands.push_back(before);
  }
  return reshape(graph.apply(*node.op, operands, node.attributes), node.shape);
}

// A sum or maximum of a transpose is the transpose of one over the axes that it came from.
Value reduce_before(Graph& graph, const Node& node, Value x) {
  const AxisOrder order = order_of(x);
  AxisOrder axes;
  for (const std::int64_t axis : node.attributes.ints) axes.push_back(order[slot(axis)]);
  std::ranges::sort(axes);
  return transpose(graph.apply(*node.op, {{source_of(x)}}, {.ints = axes}), order);
}

// A transpose of a transpose, and one that moves no element.
Value join_transposes(const Node& node, Value x) {
  AxisOrder order = node.attributes.ints;
  const bool joins = is_transposed(x);
  if (joins) {
    for (std::int64_t& axis : order) axis = order_of(x)[slot(axis)];
    x = source_of(x);
  }
  if (std::ranges::is_sorted(order) && !is_leaf(x.node())) return x;
  if (keeps_elements(x.shape(), order)) return reshape(x, node.shape);
  return joins ? transpose(x, order) : Value{};
}

// A reshape of a reshape; what is the same shape again is the element itself.
Value join_reshapes(const Node& node, Value x) {
  if (x.node().op != &reshape_op) return {};
  const Value source = source_of(x);
  if (source.shape() == node.shape) return is_leaf(source.node()) ? Value{} : source;
  return reshape(source, node.shape);
}

// What to put in the node's place, or nothing.
Value moved(Graph& graph, const Node& node, Inputs x) {
  if (node.op == &transpose_op) return join_transposes(node, x[0]);
  if (node.op == &reshape_op) return join_reshapes(node, x[0]);
  if ((node.op == &sum_op || node.op == &max_op) && is_transposed(x[0]))
    return reduce_before(graph, node, x[0]);
  if (!is_elementwise(node)) return {};
  const Value found = pass_transpose(graph, node, x);
  return found ? found : pass_reshape(graph, node, x);
}

}  // namespace

void layout(Draft& draft) {
  if (std::ranges::none_of(draft.graph.nodes(), [](const Node& node) {
        return node.op == &transpose_op && node.shape.rank() > 2;
      }))
    return;
  // Each round can open the way for the next; a fixed bound keeps compile time in check.
  bool is_moving = true;
  const auto replace = [&](Graph& graph, const Node& node, Inputs x) {
    const Value better = moved(graph, node, x);
    is_moving |= static_cast<bool>(better);
    return better ? better : keep(graph, node, x);
  };
  for (int round = 0; round < 8 && std::exchange(is_moving, false); ++round)
    draft.graph = rewrite(draft.graph, replace);
  draft.graph = rewrite(draft.graph, keep, copy_if_leaf);  // drops what nobody reads now
  draft.groups = single_groups(draft.graph);
}

}  // namespace chainrule
