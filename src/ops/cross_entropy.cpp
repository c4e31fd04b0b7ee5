#include "ops/loss_rows.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op cross_entropy_op{
    .name = "cross_entropy",
    .summary = {"-target ln softmax(logits), summed over the classes, averaged over the batch.",
                "-목표값 x ln softmax(로짓)을 클래스에 걸쳐 더하고 배치에 걸쳐 평균합니다."},
    .kind = OpKind::composite,
    .arity = 2,
    .shape = loss_shape,
    .compose =
        [](std::span<const Value> x, const Attributes&) {
          return reshape(-mean(sum(x[1] * log_softmax(x[0]), {1})), {});
        },
    .textbook =
        [](std::span<const Value> x, const Attributes&) {
          return reshape(-mean(sum(x[1] * log(softmax(x[0])), {1})), {});
        },
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{{.operands = {{4, 3}, {4, 3}}},
                                                  {.operands = {{1, 2}, {1, 2}}}};
                  }},
};

Value cross_entropy_rows(Value logits, Value target) {
  return -sum(target * log_softmax(logits), {1});
}

Value cross_entropy(Value logits, Value target) {
  return logits.graph().apply(cross_entropy_op, {{logits, target}});
}

}  // namespace chainrule
