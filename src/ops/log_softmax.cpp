#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op log_softmax_op{
    .name = "log_softmax",
    .summary = {"The logarithm of softmax, exact where the probability itself would be 0.",
                "softmax의 로그로, 확률이 0이 될 만한 곳에서도 정확합니다."},
    .kind = OpKind::composite,
    .shape = rows_shape,
    .compose =
        [](std::span<const Value> x, const Attributes&) {
          const Value shifted = x[0] - max(x[0], {-1});
          return shifted - log(sum(exp(shifted), {-1}));
        },
    .textbook = [](std::span<const Value> x, const Attributes&) { return log(softmax(x[0])); },
    .chain_rule = [](const Local& at,
                     Value g) { return Values{g - softmax(at.x[0]) * sum(g, {-1})}; },
    .check = {.points = {0, 80, -80},
              .cases =
                  [] {
                    return std::vector<CheckCase>{{.operands = {{3, 4}}}, {.operands = {{5}}}};
                  }},
};

Value log_softmax(Value x) { return trace(log_softmax_op, x); }

}  // namespace chainrule
