#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

// attributes.ints = {begin of each axis..., end of each axis...}
namespace {

template <class T>
void copy_slice(const Call<T>& call) {
  const auto strides = row_major_strides(call.x_shapes[0]);
  const T* source = call.x[0];
  for (int axis = 0; axis < call.y_shape.rank(); ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    source += call.attributes->ints[a] * strides[a];
  }
  T* next = call.y;
  for_each_offset(call.y_shape, strides, [&](std::int64_t offset) { *next++ = source[offset]; });
}

Shape sliced_shape(std::span<const Shape> x, const Attributes& attributes) {
  const auto rank = static_cast<std::size_t>(x[0].rank());
  if (attributes.ints.size() != 2 * rank)
    throw UsageError("slice: " + x[0].to_string() + " needs a begin and an end for every axis");
  Shape shape = x[0];
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t begin = attributes.ints[axis], end = attributes.ints[rank + axis];
    if (begin < 0 || begin > end || end > x[0][static_cast<int>(axis)])
      throw UsageError("slice: the part [" + std::to_string(begin) + ", " + std::to_string(end) +
                       ") is not inside axis " + std::to_string(axis) + " of " + x[0].to_string());
    shape = shape.with(static_cast<int>(axis), end - begin);
  }
  return shape;
}

Values undo_slice(const Local& at, Value g) {
  const Shape& x = at.x[0].shape();
  const auto middle = at.attributes.ints.begin() + x.rank();
  std::vector<std::int64_t> before(at.attributes.ints.begin(), middle), after;
  for (int axis = 0; axis < x.rank(); ++axis) after.push_back(x[axis] - middle[axis]);
  return {pad(g, before, after)};
}

}  // namespace

constinit const Op slice_op{
    .name = "slice",
    .summary = {"A rectangular part.", "직사각형 모양의 일부입니다."},
    .attribute_names = "begin and end",
    .shape = sliced_shape,
    .reference = copy_slice<double>,
    .symbolic = copy_slice<Expression>,
    .chain_rule = undo_slice,
    .fast = [](const Call<float>& call, ThreadPool&) { copy_slice(call); },
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{3, 4}}, .attributes = {.ints = {1, 0, 3, 4}}},
                        {.operands = {{2, 3, 4}}, .attributes = {.ints = {0, 1, 2, 1, 2, 4}}}};
                  }},
};

Value slice(Value x, std::vector<std::int64_t> begin, std::vector<std::int64_t> end) {
  if (begin.size() != end.size())
    throw UsageError("slice: got " + std::to_string(begin.size()) + " begins and " +
                     std::to_string(end.size()) + " ends; every axis needs one of each");
  begin.insert(begin.end(), end.begin(), end.end());
  return x.graph().apply(slice_op, {{x}}, {.ints = std::move(begin)});
}

}  // namespace chainrule
