#include <cmath>

#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op maximum_op{
    .name = "maximum",
    .summary = {"The larger of two numbers.", "두 수 가운데 큰 수입니다."},
    .kind = OpKind::elementwise,
    .arity = 2,
    .scalar = [](double a, double b) { return a > b || std::isnan(a) ? a : b; },
    .identities = {{.operand = 0, .number = -HUGE_VAL}, {.operand = 1, .number = -HUGE_VAL}},
    // Where both are equal, each gets half.
    .partials =
        [](const Local& at) {
          const Value a = at.x[0], b = at.x[1], tie = 0.5 * equal(a, b);
          return Values{greater(a, b) + tie, greater(b, a) + tie};
        },
    .kernel = kernels::maximum,
    .notation = {.text = "max({0}, {1})", .latex = "\\max({0}, {1})"},
};

Value maximum(Value a, Value b) { return trace_broadcast(maximum_op, a, b); }
Value maximum(Value a, double b) { return maximum(a, constant_like(a, b)); }

}  // namespace chainrule
