#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op multiply_op{
    .name = "multiply",
    .summary = {"Multiplies two numbers.", "두 수를 곱합니다."},
    .kind = OpKind::elementwise,
    .arity = 2,
    .scalar = [](double a, double b) { return a * b; },
    .identities = {{.operand = 0, .number = 1},
                   {.operand = 1, .number = 1},
                   {.operand = 0, .number = 0, .gives = 0, .holds = Identity::Holds::finite},
                   {.operand = 1, .number = 0, .gives = 0, .holds = Identity::Holds::finite}},
    .partials =
        [](const Local& at) {
          return Values{at.x[1], at.x[0]};
        },
    .kernel = kernels::multiply,
    .notation = {.text = "{0} × {1}", .latex = "{0} \\times {1}", .binding = 2},
};

Value operator*(Value a, Value b) { return trace_broadcast(multiply_op, a, b); }
Value operator*(Value a, double b) { return a * constant_like(a, b); }
Value operator*(double a, Value b) { return constant_like(b, a) * b; }

}  // namespace chainrule
