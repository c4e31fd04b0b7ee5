#include <algorithm>

#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

namespace {

template <class T>
void copy_rows(const Call<T>& call) {
  const std::int64_t width = call.x_shapes[0][1], count = call.x_shapes[0][0];
  for (std::int64_t row = 0; row < call.y_shape[0]; ++row) {
    const std::int64_t source = row_named("gather", which(call.x[1][row]), count);
    std::copy_n(call.x[0] + source * width, width, call.y + row * width);
  }
}

Shape gathered_shape(std::span<const Shape> x, const Attributes&) {
  if (x[0].rank() != 2 || x[1].rank() != 1)
    throw UsageError("gather: expected a table [count, width] and rows [n], got " +
                     x[0].to_string() + " and " + x[1].to_string());
  return {x[1][0], x[0][1]};
}

}  // namespace

constinit const Op gather_op{
    .name = "gather",
    .summary = {"Picks rows of a table by their index.", "표에서 번호로 행을 고릅니다."},
    .arity = 2,
    .shape = gathered_shape,
    .reference = copy_rows<double>,
    .selecting = copy_rows<Expression>,
    .chain_rule =
        [](const Local& at, Value g) {
          return Values{scatter_add(g, at.x[1], at.x[0].dim(0)), Value{}};
        },
    .fast = [](const Call<float>& call, ThreadPool&) { copy_rows(call); },
    .check = {.differentiable = 1,
              .cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{4, 3}, {5}}, .fixed = {DoubleTensor({5}, {3, 0, 0, 2, 3})}}};
                  }},
};

Value gather(Value table, Value rows) { return table.graph().apply(gather_op, {{table, rows}}); }

}  // namespace chainrule
