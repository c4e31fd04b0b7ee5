#include "compile/part_rows.h"

#include <algorithm>
#include <array>

#include "chainrule/ops.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

using kernels::MatmulProblem;

Shape with_axis(const Shape& shape, int axis, std::int64_t extent) {
  std::vector<std::int64_t> extents(shape.begin(), shape.end());
  extents.insert(extents.begin() + axis, extent);
  return Shape(extents);
}

std::int64_t outside(const Shape& shape, int axis) {
  std::int64_t count = 1;
  for (int a = 0; a < axis; ++a) count *= shape[a];
  return count;
}

// Operations on images and tables that look at each row of some operands alone: bit i for operand
// i. They take the others as a whole.
struct ByRow {
  const Op* op;
  unsigned rows;
};
constexpr std::array by_row{ByRow{&convolve_op, 1}, ByRow{&image_gradient_op, 1},
                            ByRow{&windows_op, 1},  ByRow{&overlap_op, 1},
                            ByRow{&max_pool_op, 1}, ByRow{&max_pool_gradient_op, 7},
                            ByRow{&gather_op, 2}};

}  // namespace

bool is_transposed(const Node& product, std::size_t operand) {
  const std::vector<std::int64_t>& flags = product.attributes.ints;
  return operand < flags.size() && flags[operand] != 0;
}

int product_axis_from_end(const Node& product, std::size_t operand, bool is_summed) {
  const bool is_last = (operand == 0) != is_transposed(product, operand);  // A [m, k], B [k, n]
  return is_last == is_summed ? 0 : 1;
}

MatmulProblem problem_of(const Graph& graph, const Node& product) {
  const Shape& a = graph.node(product.inputs[0]).shape;
  return {.m = product.shape[product.shape.rank() - 2],
          .n = product.shape[product.shape.rank() - 1],
          .k = a[a.rank() - 1 - product_axis_from_end(product, 0, true)],
          .transpose_a = is_transposed(product, 0),
          .transpose_b = is_transposed(product, 1)};
}

PartRows::PartRows(const Graph& part, const Parts& parts, Graph& target)
    : part_(part), parts_(parts), graph_(target), made_(part.nodes().size()) {}

Shape PartRows::of_all(const Shape& shape, int axis) const {
  return shape.with(axis, shape[axis] * count());
}

void PartRows::add_leaf(NodeId id, bool is_live) {
  const Node& leaf = node(id);
  if (leaf.op == &input_op && std::ranges::count(parts_.rows, leaf.name) > 0) {
    if (leaf.name == parts_.rows[0]) rows_ = leaf.shape[0];
    made_[index(id)] = {.rows = graph_.input(leaf.name, of_all(leaf.shape, 0)), .axis = 0};
  } else if (is_live || leaf.op != &constant_op) {
    made_[index(id)] = {.shared = copy_leaf(graph_, leaf)};
  }
}

bool PartRows::is_shared(NodeId id) const {
  return static_cast<bool>(made(id).shared) && !is_counter(id);
}

bool PartRows::is_counter(NodeId id) const {
  return node(id).op == &input_op && node(id).name == parts_.counter && node(id).shape == Shape{3};
}

void PartRows::add(NodeId id) {
  const Node& x = node(id);
  OfParts& result = made_[index(id)];
  if (std::ranges::all_of(x.inputs, [&](NodeId input) { return is_shared(input); })) {
    std::vector<Value> operands;
    for (const NodeId input : x.inputs) operands.push_back(made(input).shared);
    result = {.shared = keep(graph_, x, operands)};
  } else {
    result = rows_of(x);
  }
  const Value value = result.shared ? result.shared : result.rows;
  if (value && !x.name.empty() && value.node().name.empty()) graph_.name(value, x.name);
}

OfParts PartRows::rows_of(const Node& x) {
  if (is_elementwise(x)) return elementwise(x);
  const OfParts& first = made(x.inputs[0]);
  if (x.op == &random_uniform_op) return drawn(x);
  if (x.op == &matmul_op) return product(x);
  if (x.op == &concatenate_op) return concatenated(x);
  for (const ByRow& op : by_row)
    if (op.op == x.op) return row_by_row(x, op.rows);
  if (!first.rows) return {};
  if (x.op == &broadcast_op) return broadcasted(x, first);
  if (x.op == &reshape_op) return reshaped(x, first);
  if (x.op == &transpose_op) return transposed(x, first);
  if (x.op == &sum_op || x.op == &max_op) return reduced(x, first);
  if (x.op == &slice_op || x.op == &pad_op) return cut(x, first);
  return {};
}

OfParts PartRows::elementwise(const Node& x) {
  int axis = -1;
  for (const NodeId input : x.inputs) {
    const OfParts& operand = made(input);
    if (is_shared(input)) continue;
    if (!operand.rows || (axis >= 0 && operand.axis != axis)) return {};
    axis = operand.axis;
  }
  std::vector<Value> operands;
  for (const NodeId input : x.inputs) {
    operands.push_back(is_shared(input) ? spread(input, axis) : made(input).rows);
    if (!operands.back()) return {};
  }
  return {.rows = graph_.apply(*x.op, operands, x.attributes), .axis = axis};
}

// What is the same for every part, once for each along the axis; empty where there is no room.
Value PartRows::spread(NodeId id, int axis) {
  Value& value = spread_[{id, axis}];
  if (!value) value = spread(made(id).shared, axis);
  return value;
}
Value PartRows::spread(Value x, int axis) {
  const Shape shape = x.shape(), all = of_all(shape, axis);
  const Node& of = x.node();
  if (of.op == &constant_op && of.attributes.reals.size() == 1)
    return graph_.constant(of.attributes.reals[0], all);
  if (of.op == &broadcast_op) {
    const Value source = graph_.value(of.inputs[0]);
    const int from = axis - (shape.rank() - source.shape().rank());
    if (from < 0 || source.dim(from) == 1) return broadcast(source, all);
  }
  if (shape.rank() == Shape::max_rank) return {};
  const Value split = reshape(x, with_axis(shape, axis, 1));
  return reshape(broadcast(split, with_axis(shape, axis, count())), all);
}

OfParts PartRows::broadcasted(const Node& x, const OfParts& from) {
  const Shape& small = node(x.inputs[0]).shape;
  const int axis = from.axis + x.shape.rank() - small.rank();
  if (small[from.axis] == x.shape[axis])
    return {.rows = broadcast(from.rows, of_all(x.shape, axis)), .axis = axis};
  // Each part's one row is that of all of its rows.
  if (x.shape.rank() == Shape::max_rank) return {};
  const Value split = reshape(from.rows, with_axis(from.rows.shape(), from.axis + 1, 1));
  const Value all = broadcast(split, with_axis(x.shape, axis, count()));
  return {.rows = reshape(all, of_all(x.shape, axis)), .axis = axis};
}

OfParts PartRows::reshaped(const Node& x, const OfParts& from) {
  const std::int64_t before = outside(node(x.inputs[0]).shape, from.axis);
  const std::int64_t extent = node(x.inputs[0]).shape[from.axis];
  int found = -1;
  for (int axis = 0; axis < x.shape.rank(); ++axis)
    if (outside(x.shape, axis) == before && (found < 0 || x.shape[found] == 1) &&
        (found < 0 || extent != 1))
      found = axis;
  if (found < 0) return {};
  return {.rows = reshape(from.rows, of_all(x.shape, found)), .axis = found};
}

OfParts PartRows::transposed(const Node& x, const OfParts& from) {
  const std::vector<std::int64_t>& order = x.attributes.ints;
  const auto axis = std::ranges::find(order, from.axis) - order.begin();
  return {.rows = transpose(from.rows, order), .axis = static_cast<int>(axis)};
}

OfParts PartRows::reduced(const Node& x, const OfParts& from) {
  std::vector<std::int64_t> axes = x.attributes.ints;
  const auto has = [&](int axis) { return std::ranges::count(axes, axis) > 0; };
  if (!has(from.axis))
    return {.rows = graph_.apply(*x.op, {{from.rows}}, x.attributes), .axis = from.axis};
  // Neighbouring axes are reduced as one, and none may come between them.
  const Shape& shape = node(x.inputs[0]).shape;
  if (has(from.axis - 1) || shape.rank() == Shape::max_rank) return {};
  for (std::int64_t& axis : axes)
    if (axis >= from.axis) ++axis;
  const Value split = reshape(from.rows, with_axis(shape, from.axis, count()));
  const Value each = graph_.apply(*x.op, {{split}}, {.ints = axes});
  return {.rows = reshape(each, of_all(x.shape, from.axis)), .axis = from.axis};
}

// A slice or pad along other axes.
OfParts PartRows::cut(const Node& x, const OfParts& from) {
  const std::size_t rank = static_cast<std::size_t>(x.shape.rank());
  const auto axis = static_cast<std::size_t>(from.axis);
  if (x.shape[from.axis] != node(x.inputs[0]).shape[from.axis]) return {};
  Attributes attributes = x.attributes;
  if (x.op == &slice_op) attributes.ints[rank + axis] *= count();
  return {.rows = graph_.apply(*x.op, {{from.rows}}, attributes), .axis = from.axis};
}

OfParts PartRows::concatenated(const Node& x) {
  int axis = -1;
  std::vector<Value> operands;
  for (const NodeId input : x.inputs) {
    const OfParts& operand = made(input);
    if (!operand.rows || (axis >= 0 && operand.axis != axis)) return {};
    axis = operand.axis;
    operands.push_back(operand.rows);
  }
  if (x.attributes.ints[0] == axis) return {};
  return {.rows = graph_.apply(*x.op, operands, x.attributes), .axis = axis};
}

OfParts PartRows::row_by_row(const Node& x, unsigned rows) {
  std::vector<Value> operands;
  for (std::size_t i = 0; i < x.inputs.size(); ++i) {
    const OfParts& operand = made(x.inputs[i]);
    const bool has_rows = (rows >> i & 1) != 0;
    if (has_rows ? !operand.rows || operand.axis != 0 : !is_shared(x.inputs[i])) return {};
    operands.push_back(has_rows ? operand.rows : operand.shared);
  }
  return {.rows = graph_.apply(*x.op, operands, x.attributes), .axis = 0};
}

// Numbers go on from one row to the next, and from one part to the next.
OfParts PartRows::drawn(const Node& x) {
  if (!is_counter(x.inputs[0]) || x.attributes.ints[2] != rows_) return {};
  Attributes attributes = x.attributes;
  attributes.ints[2] *= count();
  const Value counter = made(x.inputs[0]).shared;
  return {.rows = graph_.apply(*x.op, {{counter}}, attributes), .axis = 0};
}

// Rows of A, or columns of B, or whole products of a stack.
OfParts PartRows::product(const Node& x) {
  const int rank = x.shape.rank();
  const std::array<const OfParts*, 2> operands{&made(x.inputs[0]), &made(x.inputs[1])};
  int axis = -1;
  for (std::size_t i = 0; i < 2; ++i)
    if (!operands[i]->rows && !is_shared(x.inputs[i])) return {};
  for (std::size_t i = 0; i < 2; ++i) {
    if (!operands[i]->rows) continue;
    const OfParts& other = *operands[1 - i];
    const int own_rank = operands[i]->rows.shape().rank(), own = operands[i]->axis;
    const bool is_of_stack = own < own_rank - 2;
    if (!is_of_stack && own != own_rank - 1 - product_axis_from_end(x, i, false)) return {};
    const int result = is_of_stack ? own : rank - 2 + static_cast<int>(i);
    if (axis >= 0 && (axis != result || !is_of_stack)) return {};
    if (is_of_stack && !other.rows && other.shared.shape().rank() > 2) return {};
    axis = result;
  }
  const MatmulProblem part = problem_of(part_, x);
  MatmulProblem all = part;
  if (axis >= rank - 2) (axis == rank - 2 ? all.m : all.n) *= count();
  Attributes attributes = x.attributes;
  const kernels::SumOrder order = kernels::sum_order(part);
  if (kernels::sum_order(all) != order) {
    if (!kernels::allows(all, order)) return {};
    attributes.ints.resize(2, 0);
    attributes.ints.push_back(1 + static_cast<std::int64_t>(order));
  }
  const auto value = [](const OfParts& operand) {
    return operand.rows ? operand.rows : operand.shared;
  };
  return {.rows = graph_.apply(matmul_op, {{value(*operands[0]), value(*operands[1])}}, attributes),
          .axis = axis};
}

}  // namespace chainrule
