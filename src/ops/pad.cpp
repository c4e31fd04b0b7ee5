#include <algorithm>
#include <limits>

#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

// attributes.ints = {zeros before, for each axis..., zeros after, for each axis...}
namespace {

template <class T>
void copy_padded(const Call<T>& call) {
  const auto strides = row_major_strides(call.y_shape);
  std::fill_n(call.y, call.y_shape.size(), T{});
  T* target = call.y;
  for (int axis = 0; axis < call.y_shape.rank(); ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    target += call.attributes->ints[a] * strides[a];
  }
  const T* next = call.x[0];
  for_each_offset(call.x_shapes[0], strides,
                  [&](std::int64_t offset) { target[offset] = *next++; });
}

Shape padded_shape(std::span<const Shape> x, const Attributes& attributes) {
  const auto rank = static_cast<std::size_t>(x[0].rank());
  if (attributes.ints.size() != 2 * rank)
    throw UsageError("pad: " + x[0].to_string() + " needs two widths for every axis");
  Shape shape = x[0];
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t before = attributes.ints[axis], after = attributes.ints[rank + axis];
    if (before < 0 || after < 0) throw UsageError("pad: a width must be 0 or more");
    // With a third number of such a size, the sum still fits.
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 4;
    if (before > most || after > most)
      throw UsageError("pad: a width must be at most " + std::to_string(most));
    const int a = static_cast<int>(axis);
    shape = shape.with(a, before + x[0][a] + after);
  }
  return shape;
}

Values undo_pad(const Local& at, Value g) {
  const Shape& x = at.x[0].shape();
  std::vector<std::int64_t> begin(at.attributes.ints.begin(),
                                  at.attributes.ints.begin() + x.rank());
  std::vector<std::int64_t> end = begin;
  for (int axis = 0; axis < x.rank(); ++axis) end[static_cast<std::size_t>(axis)] += x[axis];
  return {slice(g, begin, end)};
}

}  // namespace

constinit const Op pad_op{
    .name = "pad",
    .summary = {"Surrounds with zeros.", "0으로 둘러쌉니다."},
    .attribute_names = "before and after",
    .shape = padded_shape,
    .reference = copy_padded<double>,
    .symbolic = copy_padded<Expression>,
    .chain_rule = undo_pad,
    .fast = [](const Call<float>& call, ThreadPool&) { copy_padded(call); },
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{3, 2}}, .attributes = {.ints = {1, 0, 0, 2}}},
                        {.operands = {{4}}, .attributes = {.ints = {2, 1}}}};
                  }},
};

Value pad(Value x, std::vector<std::int64_t> before, std::vector<std::int64_t> after) {
  if (before.size() != after.size())
    throw UsageError("pad: got " + std::to_string(before.size()) + " widths before and " +
                     std::to_string(after.size()) + " after; every axis needs one of each");
  before.insert(before.end(), after.begin(), after.end());
  return x.graph().apply(pad_op, {{x}}, {.ints = std::move(before)});
}

}  // namespace chainrule
