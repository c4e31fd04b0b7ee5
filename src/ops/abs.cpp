#include <cmath>

#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op abs_op{
    .name = "abs",
    .summary = {"The distance from 0.", "0까지의 거리입니다."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return std::abs(x); },
    .partials = [](const Local& at) { return Values{sign(at.x[0])}; },
    .kernel = kernels::abs,
    .notation = {.text = "|{0}|", .latex = "|{0}|"},
    .check = {.kinks = {0}},
};

Value abs(Value x) { return trace(abs_op, x); }

}  // namespace chainrule
