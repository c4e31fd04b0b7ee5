#include <cmath>

#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op sqrt_op{
    .name = "sqrt",
    .summary = {"The square root.", "제곱근입니다."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return std::sqrt(x); },
    .partials = [](const Local& at) { return Values{0.5 / at.y}; },
    .kernel = kernels::sqrt,
    .notation = {.text = "√({0})", .latex = "\\sqrt{{0}}"},
    .check = {.low = 0.2, .high = 4},
};

Value sqrt(Value x) { return trace(sqrt_op, x); }

}  // namespace chainrule
