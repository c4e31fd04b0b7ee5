#include <numbers>

#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op gelu_op{
    .name = "gelu",
    .summary = {"x times the normal distribution's probability of less than x (with erf, exact).",
                "x와 정규 분포에서 x보다 작을 확률의 곱입니다(erf를 쓰는 정확한 식)."},
    .kind = OpKind::composite,
    .shape = same_shape,
    .compose =
        [](std::span<const Value> x, const Attributes&) {
          return 0.5 * x[0] * (1.0 + erf(x[0] * std::numbers::sqrt2 * 0.5));
        },
    .check = {.low = -4, .high = 4, .points = {0}},
};

Value gelu(Value x) { return trace(gelu_op, x); }

}  // namespace chainrule
