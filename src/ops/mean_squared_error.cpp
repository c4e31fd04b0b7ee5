#include "ops/loss_rows.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

namespace {

Value square_of(Value error) { return error * error; }

}  // namespace

constinit const Op mean_squared_error_op{
    .name = "mean_squared_error",
    .summary = {"(target - output)^2, averaged over outputs and batch.",
                "(목표값 - 출력)^2을 출력과 배치에 걸쳐 평균합니다."},
    .kind = OpKind::composite,
    .arity = 2,
    .shape = loss_shape,
    .compose = [](std::span<const Value> x,
                  const Attributes&) { return reshape(mean(square_of(x[1] - x[0])), {}); },
    .textbook = [](std::span<const Value> x,
                   const Attributes&) { return reshape(mean(power(x[1] - x[0], 2.0)), {}); },
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{{.operands = {{4, 3}, {4, 3}}},
                                                  {.operands = {{1, 2}, {1, 2}}}};
                  }},
};

Value mean_squared_error_rows(Value output, Value target) {
  return mean(square_of(target - output), {1});
}

Value mean_squared_error(Value prediction, Value target) {
  return prediction.graph().apply(mean_squared_error_op, {{prediction, target}});
}

}  // namespace chainrule
