#include "base/elementary.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

// d/db a^b = a^b log a, taken as 0 where a <= 0: there the exponent is a constant in any sane use.
Value log_of_positive(Value a) {
  const Value positive = greater(a, 0.0);
  return log(select(positive, a, broadcast(constant_like(a, 1.0), a.shape())));
}

constinit const Op power_op{
    .name = "power",
    .summary = {"Raises the first number to the power of the second.",
                "첫째 수를 둘째 수만큼 거듭제곱합니다."},
    .kind = OpKind::elementwise,
    .arity = 2,
    .scalar = [](double a, double b) { return elementary::power(a, b); },
    .identities = {{.operand = 1, .number = 1},
                   {.operand = 1, .number = 0, .gives = 1},
                   {.operand = 1, .number = -0.0, .gives = 1},
                   {.operand = 0, .number = 1, .gives = 1}},
    .partials =
        [](const Local& at) {
          const Value a = at.x[0], b = at.x[1], one = constant_like(b, 1.0);
          // Where b is 0 any finite power will do, but a^-1 would give 0 times infinity at 0.
          const Value less_one = select(equal(b, constant_like(b, 0.0)), one, b - 1.0);
          return Values{b * power(a, less_one), at.y * log_of_positive(a)};
        },
    .kernel = kernels::power,
    .is_costly = true,
    .notation = {.text = "{0}^{1}", .latex = "{0}^{{1}}", .binding = 3, .tight_right = true},
    .check = {.low = 0.5, .high = 2.5},
};

Value power(Value base, Value exponent) { return trace_broadcast(power_op, base, exponent); }
Value power(Value base, double exponent) { return power(base, constant_like(base, exponent)); }

}  // namespace chainrule
