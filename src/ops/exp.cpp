#include "base/elementary.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op exp_op{
    .name = "exp",
    .summary = {"e to the power of x.", "e의 x제곱입니다."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return elementary::exp(x); },
    .partials = [](const Local& at) { return Values{at.y}; },
    .kernel = kernels::exp,
    .is_costly = true,
    .notation = {.text = "e^{0}", .latex = "e^{{0}}", .binding = 3, .tight_right = true},
    .check = {.points = {0, -30}},
};

Value exp(Value x) { return trace(exp_op, x); }

}  // namespace chainrule
