#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op mean_op{
    .name = "mean",
    .summary = {"The average along the axes, which become extents of 1.",
                "축을 따라 구한 평균이며, 그 축의 크기는 1이 됩니다."},
    .kind = OpKind::composite,
    .attribute_names = "axes",
    .shape = reduced_shape,
    .compose =
        [](std::span<const Value> x, const Attributes& attributes) {
          const Value total = sum(x[0], attributes.ints);
          const std::int64_t count = x[0].shape().size() / total.shape().size();
          return total / static_cast<double>(count);
        },
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{3, 4}}, .attributes = {.ints = {0}}},
                        {.operands = {{3, 4}}, .attributes = {.ints = {1}}},
                        {.operands = {{2, 3, 4}}, .attributes = {.ints = {0, 2}}},
                        {.operands = {{5}}, .attributes = {.ints = {0}}}};
                  }},
};

Value mean(Value x, std::vector<std::int64_t> axes) {
  axes = normal_axes("mean", x.shape(), std::move(axes));
  if (axes.empty()) return x;
  if (x.shape().size() == 0) throw UsageError("mean: there is no mean of no numbers");
  return x.graph().apply(mean_op, {{x}}, {.ints = std::move(axes)});
}

}  // namespace chainrule
