#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op select_op{
    .name = "select",
    .summary = {"The second number where the first is not 0, else the third.",
                "첫째 수가 0이 아니면 둘째 수, 0이면 셋째 수입니다."},
    .kind = OpKind::elementwise,
    .arity = 3,
    .scalar = [](double c, double a, double b) { return c != 0.0 ? a : b; },
    .chain_rule =
        [](const Local& at, Value g) {
          const Value zero = broadcast(constant_like(g, 0.0), g.shape());
          return Values{Value{}, select(at.x[0], g, zero), select(at.x[0], zero, g)};
        },
    .kernel = kernels::select,
    .notation = {.text = "({0} ? {1} : {2})", .latex = "({0}\\;?\\;{1} : {2})"},
    .check = {.points = {0}, .differentiable = 6},
};

Value select(Value condition, Value if_nonzero, Value if_zero) {
  const Shape ab = broadcast_shape("select", if_nonzero.shape(), if_zero.shape());
  const Shape shape = broadcast_shape("select", condition.shape(), ab);
  return condition.graph().apply(
      select_op,
      {{broadcast(condition, shape), broadcast(if_nonzero, shape), broadcast(if_zero, shape)}});
}

}  // namespace chainrule
