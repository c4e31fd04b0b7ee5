#include "base/elementary.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op log_op{
    .name = "log",
    .summary = {"The natural logarithm.", "자연로그입니다."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return elementary::log(x); },
    .partials = [](const Local& at) { return Values{1.0 / at.x[0]}; },
    .kernel = kernels::log,
    .is_costly = true,
    .notation = {.text = "ln({0})", .latex = "\\ln({0})"},
    .check = {.low = 0.2, .high = 4, .points = {1}},
};

Value log(Value x) { return trace(log_op, x); }

}  // namespace chainrule
