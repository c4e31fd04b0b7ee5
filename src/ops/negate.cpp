#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op negate_op{
    .name = "negate",
    .summary = {"Changes the sign.", "부호를 바꿉니다."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return -x; },
    .chain_rule = [](const Local&, Value g) { return Values{-g}; },
    .kernel = kernels::negate,
    .notation = {.text = "-{0}", .latex = "-{0}", .binding = 2},
};

Value operator-(Value x) { return trace(negate_op, x); }

}  // namespace chainrule
