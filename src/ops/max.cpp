#include <algorithm>
#include <cmath>
#include <utility>

#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"
#include "ops/reduce.h"

namespace chainrule {

namespace {

template <class T>
void reference_max(const Call<T>& call) {
  const T least{-HUGE_VAL};
  if (call.only < 0)
    std::fill_n(call.y, call.y_shape.size(), least);
  else
    call.y[call.only] = least;
  for_each_reduced(call, [&](std::int64_t i, std::int64_t k) {
    call.y[i] = larger(std::move(call.y[i]), call.x[0][k]);
  });
}

void max_in_order(const Call<Expression>& call) {
  reduce_in_order(call, Expression(-HUGE_VAL),
                  [](const Expression& a, const Expression& b) { return larger(a, b); });
}

}  // namespace

constinit const Op max_op{
    .name = "max",
    .summary = {"The largest along the axes, which become extents of 1.",
                "축을 따라 가장 큰 수이며, 그 축의 크기는 1이 됩니다."},
    .attribute_names = "axes",
    .shape = reduced_shape,
    .reference = reference_max<double>,
    .symbolic = reference_max<Expression>,
    .exact = max_in_order,
    // Elements that tie for the maximum share the gradient evenly.
    .chain_rule =
        [](const Local& at, Value g) {
          const Value is_max = equal(at.x[0], at.y);
          return Values{is_max * (g / sum(is_max, at.attributes.ints))};
        },
    .fast = [](const Call<float>& call,
               ThreadPool& threads) { reduce(kernels::reduce_max, call, threads); },
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

Value max(Value x, std::vector<std::int64_t> axes) {
  axes = normal_axes("max", x.shape(), std::move(axes));
  if (axes.empty()) return x;
  return x.graph().apply(max_op, {{x}}, {.ints = std::move(axes)});
}

}  // namespace chainrule
