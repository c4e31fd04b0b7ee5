#include "ops/loss_rows.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op half_squared_error_op{
    .name = "half_squared_error",
    .summary = {"1/2 (target - output)^2, summed over the outputs, averaged over the batch.",
                "1/2 (목표값 - 출력)^2을 출력에 걸쳐 더하고 배치에 걸쳐 평균합니다."},
    .kind = OpKind::composite,
    .arity = 2,
    .shape = loss_shape,
    .compose =
        [](std::span<const Value> x, const Attributes&) {
          return reshape(mean(half_squared_error_rows(x[0], x[1])), {});
        },
    .textbook =
        [](std::span<const Value> x, const Attributes&) {
          return reshape(mean(sum(0.5 * power(x[1] - x[0], 2.0), {1})), {});
        },
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{{.operands = {{4, 3}, {4, 3}}},
                                                  {.operands = {{1, 2}, {1, 2}}}};
                  }},
};

Value half_squared_error_rows(Value output, Value target) {
  const Value error = target - output;
  return sum(0.5 * (error * error), {1});
}

Value half_squared_error(Value prediction, Value target) {
  return prediction.graph().apply(half_squared_error_op, {{prediction, target}});
}

}  // namespace chainrule
