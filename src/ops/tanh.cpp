#include "base/elementary.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op tanh_op{
    .name = "tanh",
    .summary = {"Squashes any number into (-1, 1).", "모든 수를 (-1, 1)로 옮깁니다."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return elementary::tanh(x); },
    .textbook =
        [](std::span<const Value> x, const Attributes&) {
          return (exp(x[0]) - exp(-x[0])) / (exp(x[0]) + exp(-x[0]));
        },
    // (1-y)(1+y) keeps digits that 1-y*y loses when |y| is near 1.
    .partials = [](const Local& at) { return Values{(1.0 - at.y) * (1.0 + at.y)}; },
    .kernel = kernels::tanh,
    .is_costly = true,
    .notation = {.text = "tanh({0})", .latex = "\\tanh({0})"},
    .check = {.low = -4, .high = 4, .points = {0, 20, -20}},
};

Value tanh(Value x) { return trace(tanh_op, x); }

}  // namespace chainrule
