#include <cmath>

#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op minimum_op{
    .name = "minimum",
    .summary = {"The smaller of two numbers.", "두 수 가운데 작은 수입니다."},
    .kind = OpKind::elementwise,
    .arity = 2,
    .scalar = [](double a, double b) { return a < b || std::isnan(a) ? a : b; },
    .identities = {{.operand = 0, .number = HUGE_VAL}, {.operand = 1, .number = HUGE_VAL}},
    // Where both are equal, each gets half.
    .partials =
        [](const Local& at) {
          const Value a = at.x[0], b = at.x[1], tie = 0.5 * equal(a, b);
          return Values{less(a, b) + tie, less(b, a) + tie};
        },
    .kernel = kernels::minimum,
    .notation = {.text = "min({0}, {1})", .latex = "\\min({0}, {1})"},
};

Value minimum(Value a, Value b) { return trace_broadcast(minimum_op, a, b); }
Value minimum(Value a, double b) { return minimum(a, constant_like(a, b)); }

}  // namespace chainrule
