#include "ops/loss_rows.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

namespace {

// -t ln s - (1-t) ln(1-s) with s = sigmoid(z), in the form that neither overflows nor takes the
// logarithm of 0, and that keeps its digits where the answer is right.
Value surprise_of(Value z, Value t) { return (maximum(z, 0.0) - z * t) + log1p(exp(-abs(z))); }

}  // namespace

constinit const Op binary_cross_entropy_op{
    .name = "binary_cross_entropy",
    .summary = {"softplus(logits) - target logits, averaged over outputs and batch.",
                "softplus(로짓) - 목표값 x 로짓을 출력과 배치에 걸쳐 평균합니다."},
    .kind = OpKind::composite,
    .arity = 2,
    .shape = loss_shape,
    .compose = [](std::span<const Value> x,
                  const Attributes&) { return reshape(mean(surprise_of(x[0], x[1])), {}); },
    .textbook =
        [](std::span<const Value> x, const Attributes&) {
          const Value p = sigmoid(x[0]), t = x[1];
          return reshape(-mean(t * log(p) + (1.0 - t) * log(1.0 - p)), {});
        },
    .chain_rule =
        [](const Local& at, Value g) {
          const Value z = at.x[0], t = at.x[1];
          const Value each = g / static_cast<double>(z.shape().size());
          return Values{each * (sigmoid(z) - t), -(each * z)};
        },
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{{.operands = {{4, 3}, {4, 3}}},
                                                  {.operands = {{1, 2}, {1, 2}}}};
                  }},
};

Value binary_cross_entropy_rows(Value logits, Value target) {
  return mean(surprise_of(logits, target), {1});
}

Value binary_cross_entropy(Value logits, Value target) {
  return logits.graph().apply(binary_cross_entropy_op, {{logits, target}});
}

}  // namespace chainrule
