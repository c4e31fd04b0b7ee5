#include "base/elementary.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op log1p_op{
    .name = "log1p",
    .summary = {"The natural logarithm of 1 + x; exact near 0.",
                "1 + x의 자연로그로, 0 근처에서 정확합니다."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return elementary::log1p(x); },
    .partials = [](const Local& at) { return Values{1.0 / (1.0 + at.x[0])}; },
    .kernel = kernels::log1p,
    .is_costly = true,
    .notation = {.text = "ln(1 + {0})", .latex = "\\ln(1 + {0})"},
    .check = {.low = -0.5, .high = 4, .points = {0, 1e-9}},
};

Value log1p(Value x) { return trace(log1p_op, x); }

}  // namespace chainrule
