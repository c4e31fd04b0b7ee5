#include <algorithm>

#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

namespace {

// Rows are added in their order, so the sums have one fixed order.
template <class T>
void add_rows(const Call<T>& call) {
  const std::int64_t width = call.y_shape[1], count = call.y_shape[0];
  std::fill_n(call.y, call.y_shape.size(), T{0});
  for (std::int64_t row = 0; row < call.x_shapes[0][0]; ++row) {
    const std::int64_t target = row_named("scatter_add", which(call.x[1][row]), count);
    for (std::int64_t i = 0; i < width; ++i)
      if (call.only < 0 || call.only == target * width + i)
        call.y[target * width + i] += call.x[0][row * width + i];
  }
}

Shape scattered_shape(std::span<const Shape> x, const Attributes& attributes) {
  if (x[0].rank() != 2 || x[1].rank() != 1 || x[0][0] != x[1][0])
    throw UsageError("scatter_add: expected values [n, width] and rows [n], got " +
                     x[0].to_string() + " and " + x[1].to_string());
  return {attributes.ints[0], x[0][1]};
}

}  // namespace

constinit const Op scatter_add_op{
    .name = "scatter_add",
    .summary = {"Adds rows into a table of zeros by their index.",
                "0으로 채운 표에 번호대로 행을 더합니다."},
    .arity = 2,
    .attribute_names = "count",
    .shape = scattered_shape,
    .reference = add_rows<double>,
    .selecting = add_rows<Expression>,
    .chain_rule =
        [](const Local& at, Value g) {
          return Values{gather(g, at.x[1]), Value{}};
        },
    .fast = [](const Call<float>& call, ThreadPool&) { add_rows(call); },
    .check = {.differentiable = 1,
              .cases =
                  [] {
                    return std::vector<CheckCase>{{.operands = {{5, 3}, {5}},
                                                   .attributes = {.ints = {4}},
                                                   .fixed = {DoubleTensor({5}, {3, 0, 0, 2, 3})}}};
                  }},
};

Value scatter_add(Value values, Value rows, std::int64_t count) {
  return values.graph().apply(scatter_add_op, {{values, rows}}, {.ints = {count}});
}

}  // namespace chainrule
