#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op silu_op{
    .name = "silu",
    .summary = {"x times sigmoid(x).", "x와 sigmoid(x)의 곱입니다."},
    .kind = OpKind::composite,
    .shape = same_shape,
    .compose = [](std::span<const Value> x, const Attributes&) { return x[0] * sigmoid(x[0]); },
    .check = {.low = -4, .high = 4, .points = {0, -30, 30}},
};

Value silu(Value x) { return trace(silu_op, x); }

}  // namespace chainrule
