#include <algorithm>

#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"
#include "ops/reduce.h"

namespace chainrule {

namespace {

template <class T>
void reference_sum(const Call<T>& call) {
  const Shape &x = call.x_shapes[0], &y = call.y_shape;
  auto strides = row_major_strides(y);
  for (const std::int64_t axis : call.attributes->ints) strides[static_cast<std::size_t>(axis)] = 0;
  for (std::int64_t i = 0; i < y.size(); ++i)
    if (call.wants(i)) call.y[i] = T{};
  const T* next = call.x[0];
  for_each_offset(x, strides, [&](std::int64_t offset) {
    if (call.wants(offset)) call.y[offset] += *next;
    ++next;
  });
}

}  // namespace

constinit const Op sum_op{
    .name = "sum",
    .summary = "Adds up along the axes, which become extents of 1.",
    .attribute_names = "axes",
    .shape = reduced_shape,
    .reference = reference_sum<double>,
    .symbolic = reference_sum<Expression>,
    .chain_rule = [](const Local& at, Value g) { return Values{broadcast(g, at.x[0].shape())}; },
    .fast = [](const Call<float>& call,
               ThreadPool& threads) { reduce(kernels::reduce_sum, call, threads); },
    .workspace = reduce_workspace,
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{3, 4}}, .attributes = {.ints = {0}}},
                        {.operands = {{3, 4}}, .attributes = {.ints = {1}}},
                        {.operands = {{2, 3, 4}}, .attributes = {.ints = {0, 2}}},
                        {.operands = {{5}}, .attributes = {.ints = {0}}}};
                  }},
};

Value sum(Value x, std::vector<std::int64_t> axes) {
  axes = normal_axes("sum", x.shape(), std::move(axes));
  if (axes.empty()) return x;  // a scalar is its own sum
  return x.graph().apply(sum_op, {{x}}, {.ints = std::move(axes)});
}

}  // namespace chainrule
