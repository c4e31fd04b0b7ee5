#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

namespace {

template <class T>
void copy_broadcast(const Call<T>& call) {
  const Shape &x = call.x_shapes[0], &y = call.y_shape;
  const auto x_strides = row_major_strides(x);
  std::array<std::int64_t, Shape::max_rank> strides{};
  const int lead = y.rank() - x.rank();
  for (int axis = 0; axis < x.rank(); ++axis) {
    const int along = lead + axis;
    if (x[axis] != 1)
      strides[static_cast<std::size_t>(along)] = x_strides[static_cast<std::size_t>(axis)];
  }
  copy_offsets(call, strides);
}

// The one place where broadcasting is undone: what was repeated is summed.
Values undo_broadcast(const Local& at, Value g) {
  const Shape x = at.x[0].shape(), y = at.y.shape();  // copies: the sum moves the nodes
  const int lead = y.rank() - x.rank();
  std::vector<std::int64_t> axes;
  for (int axis = 0; axis < y.rank(); ++axis)
    if (axis < lead || x[axis - lead] != y[axis]) axes.push_back(axis);
  return {reshape(axes.empty() ? g : sum(g, axes), x)};
}

}  // namespace

constinit const Op broadcast_op{
    .name = "broadcast",
    .summary = {"Repeats along new axes and along axes of extent 1.",
                "새 축과 크기가 1인 축을 따라 되풀이합니다."},
    .attribute_names = "shape",
    .shape =
        [](std::span<const Shape> x, const Attributes& attributes) {
          const Shape target(attributes.ints);
          if (broadcast_shape("broadcast", x[0], target) != target)
            throw UsageError("broadcast: shape " + x[0].to_string() + " does not stretch to " +
                             target.to_string());
          return target;
        },
    .reference = copy_broadcast<double>,
    .symbolic = copy_broadcast<Expression>,
    .chain_rule = undo_broadcast,
    .fast = [](const Call<float>& call, ThreadPool&) { copy_broadcast(call); },
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{}}, .attributes = {.ints = {2, 3}}},
                        {.operands = {{3}}, .attributes = {.ints = {2, 3}}},
                        {.operands = {{2, 1}}, .attributes = {.ints = {2, 3}}},
                        {.operands = {{1, 3, 1}}, .attributes = {.ints = {2, 3, 2}}}};
                  }},
};

Value broadcast(Value x, Shape shape) {
  if (x.shape() == shape) return x;
  return x.graph().apply(broadcast_op, {{x}}, {.ints = {shape.begin(), shape.end()}});
}

}  // namespace chainrule
