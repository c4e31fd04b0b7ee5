#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op relu_op{
    .name = "relu",
    .summary = {"x where it is positive, else 0.", "x가 양수이면 x, 아니면 0입니다."},
    .kind = OpKind::composite,
    .shape = same_shape,
    .compose = [](std::span<const Value> x, const Attributes&) { return maximum(x[0], 0.0); },
    // From the result rather than the operand, so that the operand need not be kept; 0 at 0.
    .partials = [](const Local& at) { return Values{greater(at.y, 0.0)}; },
    .check = {.kinks = {0}},
};

Value relu(Value x) { return trace(relu_op, x); }

}  // namespace chainrule
