#include <algorithm>

#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

namespace {

// Seen as [outer, extent of the axis, inner], each part is a block of every outer row.
template <class T>
void copy_parts(const Call<T>& call) {
  const int axis = static_cast<int>(call.attributes->ints[0]);
  std::int64_t outer = 1, inner = 1;
  for (int a = 0; a < axis; ++a) outer *= call.y_shape[a];
  for (int a = axis + 1; a < call.y_shape.rank(); ++a) inner *= call.y_shape[a];
  T* next = call.y;
  for (std::int64_t row = 0; row < outer; ++row)
    for (std::size_t part = 0; part < call.x.size(); ++part) {
      const std::int64_t block = call.x_shapes[part][axis] * inner;
      next = std::copy_n(call.x[part] + row * block, block, next);
    }
}

Shape joined_shape(std::span<const Shape> x, const Attributes& attributes) {
  if (x.empty()) throw UsageError("concatenate: there is nothing to join");
  const int axis = static_cast<int>(attributes.ints[0]);
  if (axis < 0 || axis >= x[0].rank())
    throw UsageError("concatenate: " + x[0].to_string() + " has no axis " + std::to_string(axis));
  std::int64_t extent = 0;
  for (const Shape& part : x) {
    if (part.rank() != x[0].rank() || part.with(axis, 0) != x[0].with(axis, 0))
      throw UsageError("concatenate: " + x[0].to_string() + " and " + part.to_string() +
                       " differ beside axis " + std::to_string(axis));
    extent += part[axis];
  }
  return x[0].with(axis, extent);
}

Values cut(const Local& at, Value g) {
  const int axis = static_cast<int>(at.attributes.ints[0]);
  const Shape& y = at.y.shape();
  std::vector<std::int64_t> begin(static_cast<std::size_t>(y.rank()), 0), end(y.begin(), y.end());
  Values gradients;
  std::int64_t position = 0;
  for (const Value& part : at.x) {
    begin[static_cast<std::size_t>(axis)] = position;
    end[static_cast<std::size_t>(axis)] = position += part.dim(axis);
    gradients.push_back(slice(g, begin, end));
  }
  return gradients;
}

}  // namespace

constinit const Op concatenate_op{
    .name = "concatenate",
    .summary = {"Joins tensors along an axis.", "텐서들을 한 축을 따라 이어 붙입니다."},
    .arity = -1,
    .attribute_names = "axis",
    .shape = joined_shape,
    .reference = copy_parts<double>,
    .symbolic = copy_parts<Expression>,
    .chain_rule = cut,
    .fast = [](const Call<float>& call, ThreadPool&) { copy_parts(call); },
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{2, 3}, {2, 1}, {2, 2}}, .attributes = {.ints = {1}}},
                        {.operands = {{1, 3}, {2, 3}}, .attributes = {.ints = {0}}}};
                  }},
};

Value concatenate(std::span<const Value> parts, std::int64_t axis) {
  if (parts.empty()) throw UsageError("concatenate: there is nothing to join");
  return parts[0].graph().apply(concatenate_op, parts, {.ints = {axis}});
}

}  // namespace chainrule
