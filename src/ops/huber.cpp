#include "ops/loss_rows.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

namespace {

Value huber_of(Value error, double delta) {
  const Value distance = abs(error);
  const Value near = 0.5 * distance * distance, far = delta * (distance - 0.5 * delta);
  return select(less_equal(distance, delta), near, far);
}

}  // namespace

constinit const Op huber_op{
    .name = "huber",
    .summary = {"Half squared up to delta and linear beyond, averaged over outputs and batch.",
                "delta까지는 제곱의 절반, 그 너머는 일차이며 출력과 배치에 걸쳐 평균합니다."},
    .kind = OpKind::composite,
    .arity = 2,
    .attribute_names = "delta",
    .shape = loss_shape,
    .compose =
        [](std::span<const Value> x, const Attributes& attributes) {
          return reshape(mean(huber_of(x[1] - x[0], attributes.reals[0])), {});
        },
    .textbook =
        [](std::span<const Value> x, const Attributes& attributes) {
          const double delta = attributes.reals[0];
          const Value distance = abs(x[1] - x[0]);
          return reshape(mean(select(less_equal(distance, delta), 0.5 * power(distance, 2.0),
                                     delta * (distance - 0.5 * delta))),
                         {});
        },
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{4, 3}, {4, 3}}, .attributes = {.reals = {1.0}}},
                        {.operands = {{2, 1}, {2, 1}}, .attributes = {.reals = {0.1}}}};
                  }},
};

Value huber_rows(Value output, Value target, double delta) {
  return mean(huber_of(target - output, delta), {1});
}

Value huber(Value prediction, Value target, double delta) {
  if (!(delta > 0)) throw UsageError("huber: delta must be positive, got " + std::to_string(delta));
  return prediction.graph().apply(huber_op, {{prediction, target}}, {.reals = {delta}});
}

}  // namespace chainrule
