#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op leaky_relu_op{
    .name = "leaky_relu",
    .summary = {"x where it is positive, else x times a small slope.",
                "x가 양수이면 x, 아니면 x에 작은 기울기를 곱한 값입니다."},
    .kind = OpKind::composite,
    .attribute_names = "slope",
    .shape = same_shape,
    .compose =
        [](std::span<const Value> x, const Attributes& attributes) {
          return select(greater(x[0], 0.0), x[0], x[0] * attributes.reals[0]);
        },
    .check = {.kinks = {0},
              .cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{3, 4}}, .attributes = {.reals = {0.01}}},
                        {.operands = {{5}}, .attributes = {.reals = {0.3}}}};
                  }},
};

Value leaky_relu(Value x, double slope) {
  return x.graph().apply(leaky_relu_op, {{x}}, {.reals = {slope}});
}

}  // namespace chainrule
