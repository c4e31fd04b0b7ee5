#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op softmax_op{
    .name = "softmax",
    .summary = {"Turns each row of the last axis into probabilities that sum to 1.",
                "마지막 축의 각 행을 합이 1인 확률로 바꿉니다."},
    .kind = OpKind::composite,
    .shape = rows_shape,
    // Less the row's maximum, so that no power of e overflows.
    .compose =
        [](std::span<const Value> x, const Attributes&) {
          const Value e = exp(x[0] - max(x[0], {-1}));
          return e / sum(e, {-1});
        },
    .textbook = [](std::span<const Value> x,
                   const Attributes&) { return exp(x[0]) / sum(exp(x[0]), {-1}); },
    .chain_rule = [](const Local& at, Value g) { return Values{at.y * (g - sum(g * at.y, {-1}))}; },
    .check = {.points = {0, 80, -80},
              .cases =
                  [] {
                    return std::vector<CheckCase>{{.operands = {{3, 4}}}, {.operands = {{5}}}};
                  }},
};

Value softmax(Value x) { return trace(softmax_op, x); }

}  // namespace chainrule
