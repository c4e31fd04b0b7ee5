#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op subtract_op{
    .name = "subtract",
    .summary = {"Subtracts the second number from the first.", "첫째 수에서 둘째 수를 뺍니다."},
    .kind = OpKind::elementwise,
    .arity = 2,
    .scalar = [](double a, double b) { return a - b; },
    .identities = {{.operand = 1, .number = 0}},
    .chain_rule =
        [](const Local&, Value g) {
          return Values{g, -g};
        },
    .kernel = kernels::subtract,
    .notation = {.text = "{0} - {1}", .latex = "{0} - {1}", .binding = 1, .tight_right = true},
};

Value operator-(Value a, Value b) { return trace_broadcast(subtract_op, a, b); }
Value operator-(Value a, double b) { return a - constant_like(a, b); }
Value operator-(double a, Value b) { return constant_like(b, a) - b; }

}  // namespace chainrule
