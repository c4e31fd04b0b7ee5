#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op add_op{
    .name = "add",
    .summary = {"Adds two numbers.", "두 수를 더합니다."},
    .kind = OpKind::elementwise,
    .arity = 2,
    .scalar = [](double a, double b) { return a + b; },
    .identities = {{.operand = 0, .number = -0.0},
                   {.operand = 1, .number = -0.0},
                   {.operand = 0, .number = 0, .holds = Identity::Holds::finite},
                   {.operand = 1, .number = 0, .holds = Identity::Holds::finite}},
    .chain_rule =
        [](const Local&, Value g) {
          return Values{g, g};
        },
    .kernel = kernels::add,
    .notation = {.text = "{0} + {1}", .latex = "{0} + {1}", .binding = 1},
};

Value operator+(Value a, Value b) { return trace_broadcast(add_op, a, b); }
Value operator+(Value a, double b) { return a + constant_like(a, b); }
Value operator+(double a, Value b) { return constant_like(b, a) + b; }

}  // namespace chainrule
