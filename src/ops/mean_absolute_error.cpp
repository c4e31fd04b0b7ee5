#include "ops/loss_rows.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op mean_absolute_error_op{
    .name = "mean_absolute_error",
    .summary = {"|target - output|, averaged over outputs and batch.",
                "|목표값 - 출력|을 출력과 배치에 걸쳐 평균합니다."},
    .kind = OpKind::composite,
    .arity = 2,
    .shape = loss_shape,
    .compose = [](std::span<const Value> x,
                  const Attributes&) { return reshape(mean(abs(x[1] - x[0])), {}); },
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{{.operands = {{4, 3}, {4, 3}}},
                                                  {.operands = {{1, 2}, {1, 2}}}};
                  }},
};

Value mean_absolute_error_rows(Value output, Value target) {
  return mean(abs(target - output), {1});
}

Value mean_absolute_error(Value prediction, Value target) {
  return prediction.graph().apply(mean_absolute_error_op, {{prediction, target}});
}

}  // namespace chainrule
