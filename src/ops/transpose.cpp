#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "kernels/transpose.h"
#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

namespace {

// Steps in x along the axes of y.
template <class T>
std::array<std::int64_t, Shape::max_rank> transposed_strides(const Call<T>& call) {
  const auto x_strides = row_major_strides(call.x_shapes[0]);
  std::array<std::int64_t, Shape::max_rank> strides{};
  std::size_t axis = 0;
  for (const std::int64_t source : call.attributes->ints)
    strides[axis++] = x_strides[static_cast<std::size_t>(source)];
  return strides;
}

template <class T>
void copy_transposed(const Call<T>& call) {
  copy_offsets(call, transposed_strides(call));
}

void fast_transpose(const Call<float>& call, ThreadPool& threads) {
  kernels::transpose({call.y_shape.begin(), call.y_shape.end()}, transposed_strides(call),
                     call.x[0], call.y, threads);
}

Values undo_transpose(const Local& at, Value g) {
  const std::vector<std::int64_t>& order = at.attributes.ints;
  std::vector<std::int64_t> inverse(order.size());
  for (std::size_t axis = 0; axis < order.size(); ++axis)
    inverse[static_cast<std::size_t>(order[axis])] = static_cast<std::int64_t>(axis);
  return {transpose(g, inverse)};
}

Shape transposed_shape(std::span<const Shape> x, const Attributes& attributes) {
  std::vector<std::int64_t> every_axis(static_cast<std::size_t>(x[0].rank())), extents;
  std::iota(every_axis.begin(), every_axis.end(), 0);
  if (!std::ranges::is_permutation(attributes.ints, every_axis))
    throw UsageError(fmt::format("transpose: every axis of {} must be named once, got [{}]",
                                 x[0].to_string(), fmt::join(attributes.ints, ", ")));
  for (const std::int64_t axis : attributes.ints) extents.push_back(x[0][static_cast<int>(axis)]);
  return Shape(extents);
}

}  // namespace

constinit const Op transpose_op{
    .name = "transpose",
    .summary = {"Reorders the axes.", "축의 순서를 바꿉니다."},
    .attribute_names = "order",
    .shape = transposed_shape,
    .reference = copy_transposed<double>,
    .symbolic = copy_transposed<Expression>,
    .chain_rule = undo_transpose,
    .fast = fast_transpose,
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{3, 4}}, .attributes = {.ints = {1, 0}}},
                        {.operands = {{2, 3, 4}}, .attributes = {.ints = {2, 0, 1}}}};
                  }},
};

Value transpose(Value x, std::vector<std::int64_t> order) {
  if (order.empty())
    for (int axis = x.shape().rank() - 1; axis >= 0; --axis) order.push_back(axis);
  for (std::int64_t& axis : order)
    if (axis < 0) axis += x.shape().rank();
  return x.graph().apply(transpose_op, {{x}}, {.ints = std::move(order)});
}

}  // namespace chainrule
