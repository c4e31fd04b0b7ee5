#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op divide_op{
    .name = "divide",
    .summary = {"Divides the first number by the second.", "첫째 수를 둘째 수로 나눕니다."},
    .kind = OpKind::elementwise,
    .arity = 2,
    .scalar = [](double a, double b) { return a / b; },
    .identities = {{.operand = 1, .number = 1}},
    .partials =
        [](const Local& at) {
          return Values{1.0 / at.x[1], -at.y / at.x[1]};
        },
    .kernel = kernels::divide,
    .notation = {.text = "{0} / {1}",
                 .latex = "\\frac{{0}}{{1}}",
                 .binding = 2,
                 .tight_right = true},
    .check = {.low = 0.5, .high = 3},
};

Value operator/(Value a, Value b) { return trace_broadcast(divide_op, a, b); }
Value operator/(Value a, double b) { return a / constant_like(a, b); }
Value operator/(double a, Value b) { return constant_like(b, a) / b; }

}  // namespace chainrule
