#include "base/elementary.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op expm1_op{
    .name = "expm1",
    .summary = {"e to the power of x, less 1; exact near 0.",
                "e의 x제곱에서 1을 뺀 값으로, 0 근처에서 정확합니다."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return elementary::expm1(x); },
    .textbook = [](std::span<const Value> x, const Attributes&) { return exp(x[0]) - 1.0; },
    .partials = [](const Local& at) { return Values{at.y + 1.0}; },
    .kernel = kernels::expm1,
    .is_costly = true,
    .check = {.points = {0, 1e-9, -40}},
};

Value expm1(Value x) { return trace(expm1_op, x); }

}  // namespace chainrule
