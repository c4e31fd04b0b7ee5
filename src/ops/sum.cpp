#include <algorithm>

#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"
#include "ops/reduce.h"

namespace chainrule {

namespace {

template <class T>
void reference_sum(const Call<T>& call) {
  // A sum begins with its first term: -0 changes none, as 0 would change -0.
  const T start = call.x_shapes[0].size() == 0 ? 0.0 : -0.0;
  if (call.only < 0)
    std::fill_n(call.y, call.y_shape.size(), start);
  else
    call.y[call.only] = start;
  for_each_reduced(call, [&](std::int64_t i, std::int64_t k) { call.y[i] += call.x[0][k]; });
}

void sum_in_order(const Call<Expression>& call) {
  const Expression nothing = call.x_shapes[0].size() == 0 ? 0.0 : -0.0;
  reduce_in_order(call, nothing, [](const Expression& a, const Expression& b) { return a + b; });
}

}  // namespace

constinit const Op sum_op{
    .name = "sum",
    .summary = {"Adds up along the axes, which become extents of 1.",
                "축을 따라 더하며, 그 축의 크기는 1이 됩니다."},
    .attribute_names = "axes",
    .shape = reduced_shape,
    .reference = reference_sum<double>,
    .symbolic = reference_sum<Expression>,
    .exact = sum_in_order,
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
