#include "base/elementary.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op sigmoid_op{
    .name = "sigmoid",
    .summary = {"Squashes any number into (0, 1): 1 / (1 + e^-x).",
                "모든 수를 (0, 1)로 옮깁니다: 1 / (1 + e^-x)."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return elementary::sigmoid(x); },
    .textbook = [](std::span<const Value> x,
                   const Attributes&) { return 1.0 / (1.0 + exp(-x[0])); },
    .partials = [](const Local& at) { return Values{at.y * (1.0 - at.y)}; },
    .kernel = kernels::sigmoid,
    .is_costly = true,
    .notation = {.text = "sigmoid({0})", .latex = "\\sigma({0})"},
    .check = {.low = -4, .high = 4, .points = {0, 30, -30}},
};

Value sigmoid(Value x) { return trace(sigmoid_op, x); }

}  // namespace chainrule
