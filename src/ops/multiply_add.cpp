#include <cmath>

#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op multiply_add_op{
    .name = "multiply_add",
    .summary = {"The product of the first two numbers plus the third, rounded once.",
                "앞의 두 수의 곱에 셋째 수를 더하고 한 번만 반올림합니다."},
    .kind = OpKind::elementwise,
    .arity = 3,
    .scalar = [](double a, double b, double c) { return std::fma(a, b, c); },
    .partials =
        [](const Local& at) {
          const Value one = broadcast(constant_like(at.y, 1.0), at.y.shape());
          return Values{at.x[1], at.x[0], one};
        },
    .kernel = kernels::multiply_add,
    .notation = {.text = "{0} × {1} + {2}", .latex = "{0} \\times {1} + {2}", .binding = 1},
};

Value multiply_add(Value a, Value b, Value c) {
  const Shape shape = broadcast_shape(
      "multiply_add", broadcast_shape("multiply_add", a.shape(), b.shape()), c.shape());
  return a.graph().apply(multiply_add_op,
                         {{broadcast(a, shape), broadcast(b, shape), broadcast(c, shape)}});
}

}  // namespace chainrule
