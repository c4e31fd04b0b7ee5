#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

// The six comparisons differ in one scalar function each. A step function has no derivative worth
// the name, so nothing flows back through any of them.
namespace {

constexpr Op comparison(Op op) {
  op.kind = OpKind::elementwise;
  op.arity = 2;
  op.chain_rule = [](const Local&, Value) { return Values{Value{}, Value{}}; };
  op.check.differentiable = 0;
  return op;
}

}  // namespace

constinit const Op greater_op = comparison({
    .name = "greater",
    .summary = {"1 where the first number is larger than the second, else 0.",
                "첫째 수가 둘째보다 크면 1, 아니면 0입니다."},
    .scalar = [](double a, double b) { return a > b ? 1.0 : 0.0; },
    .kernel = kernels::greater,
    .notation = {.text = "[{0} > {1}]", .latex = "[{0} > {1}]"},
});
constinit const Op greater_equal_op = comparison({
    .name = "greater_equal",
    .summary = {"1 where the first number is at least the second, else 0.",
                "첫째 수가 둘째 이상이면 1, 아니면 0입니다."},
    .scalar = [](double a, double b) { return a >= b ? 1.0 : 0.0; },
    .kernel = kernels::greater_equal,
    .notation = {.text = "[{0} >= {1}]", .latex = "[{0} \\ge {1}]"},
});
constinit const Op less_op = comparison({
    .name = "less",
    .summary = {"1 where the first number is smaller than the second, else 0.",
                "첫째 수가 둘째보다 작으면 1, 아니면 0입니다."},
    .scalar = [](double a, double b) { return a < b ? 1.0 : 0.0; },
    .kernel = kernels::less,
    .notation = {.text = "[{0} < {1}]", .latex = "[{0} < {1}]"},
});
constinit const Op less_equal_op = comparison({
    .name = "less_equal",
    .summary = {"1 where the first number is at most the second, else 0.",
                "첫째 수가 둘째 이하이면 1, 아니면 0입니다."},
    .scalar = [](double a, double b) { return a <= b ? 1.0 : 0.0; },
    .kernel = kernels::less_equal,
    .notation = {.text = "[{0} <= {1}]", .latex = "[{0} \\le {1}]"},
});
constinit const Op equal_op = comparison({
    .name = "equal",
    .summary = {"1 where the first number equals the second, else 0.",
                "두 수가 같으면 1, 아니면 0입니다."},
    .scalar = [](double a, double b) { return a == b ? 1.0 : 0.0; },
    .kernel = kernels::equal,
    .notation = {.text = "[{0} == {1}]", .latex = "[{0} = {1}]"},
});
constinit const Op not_equal_op = comparison({
    .name = "not_equal",
    .summary = {"1 where the first number differs from the second, else 0.",
                "두 수가 다르면 1, 아니면 0입니다."},
    .scalar = [](double a, double b) { return a != b ? 1.0 : 0.0; },
    .kernel = kernels::not_equal,
    .notation = {.text = "[{0} != {1}]", .latex = "[{0} \\ne {1}]"},
});
Value greater(Value a, Value b) { return trace_broadcast(greater_op, a, b); }
Value greater_equal(Value a, Value b) { return trace_broadcast(greater_equal_op, a, b); }
Value less(Value a, Value b) { return trace_broadcast(less_op, a, b); }
Value less_equal(Value a, Value b) { return trace_broadcast(less_equal_op, a, b); }
Value equal(Value a, Value b) { return trace_broadcast(equal_op, a, b); }
Value not_equal(Value a, Value b) { return trace_broadcast(not_equal_op, a, b); }
Value greater(Value a, double b) { return greater(a, constant_like(a, b)); }
Value less_equal(Value a, double b) { return less_equal(a, constant_like(a, b)); }

}  // namespace chainrule
