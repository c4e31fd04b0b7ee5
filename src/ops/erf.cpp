#include <cmath>
#include <numbers>

#include "base/elementary.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op erf_op{
    .name = "erf",
    .summary = {"The error function.", "오차 함수(erf)입니다."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return elementary::erf(x); },
    .partials =
        [](const Local& at) {
          return Values{(2.0 / std::sqrt(std::numbers::pi)) * exp(-(at.x[0] * at.x[0]))};
        },
    .kernel = kernels::erf,
    .is_costly = true,
    .check = {.points = {0, 5, -5}},
};

Value erf(Value x) { return trace(erf_op, x); }

}  // namespace chainrule
