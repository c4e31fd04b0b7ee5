#include <cmath>

#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op sign_op{
    .name = "sign",
    .summary = {"-1, 0 or 1, as x is below, at or above 0.",
                "x가 음수이면 -1, 0이면 0, 양수이면 1입니다."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return std::isnan(x) ? x : static_cast<double>((x > 0) - (x < 0)); },
    .chain_rule = [](const Local&, Value) { return Values{Value{}}; },
    .kernel = kernels::sign,
    .notation = {.text = "sign({0})", .latex = "\\operatorname{sign}({0})"},
    .check = {.kinks = {0}, .differentiable = 0},
};

Value sign(Value x) { return trace(sign_op, x); }

}  // namespace chainrule
