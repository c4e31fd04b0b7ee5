#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op softplus_op{
    .name = "softplus",
    .summary = {"ln(1 + e^x), a smooth relu.", "ln(1 + e^x), 매끄러운 relu입니다."},
    .kind = OpKind::composite,
    .shape = same_shape,
    // e is only raised to numbers <= 0, so nothing overflows.
    .compose = [](std::span<const Value> x,
                  const Attributes&) { return maximum(x[0], 0.0) + log1p(exp(-abs(x[0]))); },
    .textbook = [](std::span<const Value> x, const Attributes&) { return log(1.0 + exp(x[0])); },
    .partials = [](const Local& at) { return Values{sigmoid(at.x[0])}; },
    .check = {.low = -4, .high = 4, .points = {0, 1e-9, 50, -50}},
};

Value softplus(Value x) { return trace(softplus_op, x); }

}  // namespace chainrule
