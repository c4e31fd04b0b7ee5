#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op elu_op{
    .name = "elu",
    .summary = {"x where it is positive, else alpha (e^x - 1).",
                "x가 양수이면 x, 아니면 alpha (e^x - 1)입니다."},
    .kind = OpKind::composite,
    .attribute_names = "alpha",
    .shape = same_shape,
    .compose =
        [](std::span<const Value> x, const Attributes& attributes) {
          // The minimum keeps e^x from overflowing on the side that is not taken.
          const Value below = attributes.reals[0] * expm1(minimum(x[0], 0.0));
          return select(greater(x[0], 0.0), x[0], below);
        },
    .textbook =
        [](std::span<const Value> x, const Attributes& attributes) {
          return select(greater(x[0], 0.0), x[0], attributes.reals[0] * (exp(x[0]) - 1.0));
        },
    // alpha e^x from the result. Stated, because the composition's minimum would halve it at 0.
    .partials =
        [](const Local& at) {
          const Value one = constant_like(at.y, 1.0);
          return Values{select(greater(at.x[0], 0.0), one, at.y + at.attributes.reals[0])};
        },
    .check = {.points = {-30, -1e-6, 1e-6, 90},
              .kinks = {0},
              .cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{3, 4}}, .attributes = {.reals = {1.0}}},
                        {.operands = {{5}}, .attributes = {.reals = {0.5}}}};
                  }},
};

Value elu(Value x, double alpha) { return x.graph().apply(elu_op, {{x}}, {.reals = {alpha}}); }

}  // namespace chainrule
