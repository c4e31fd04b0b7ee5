#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

constinit const Op dropout_op{
    .name = "dropout",
    .summary = {"Zeroes elements with a probability and scales the others up to make up for it.",
                "성분을 일정 확률로 0으로 두고 나머지를 그만큼 키웁니다."},
    .kind = OpKind::composite,
    .arity = 2,
    .attribute_names = "seed and stream; rate",
    .shape =
        [](std::span<const Shape> x, const Attributes&) {
          require_counter("dropout", x[1]);
          return x[0];
        },
    .compose =
        [](std::span<const Value> x, const Attributes& attributes) {
          const double rate = attributes.reals[0];
          const Value u =
              random_uniform(x[1], x[0].shape(), static_cast<std::uint64_t>(attributes.ints[0]),
                             static_cast<std::uint64_t>(attributes.ints[1]));
          return x[0] * (greater_equal(u, constant_like(u, rate)) * (1.0 / (1.0 - rate)));
        },
    .check = {.differentiable = 1,
              .cases =
                  [] {
                    return std::vector<CheckCase>{{.operands = {{4, 5}, {2}},
                                                   .attributes = {.ints = {7, 1}, .reals = {0.4}},
                                                   .fixed = {DoubleTensor({2}, {3, 0})}}};
                  }},
};

Value dropout(Value x, Value counter, double rate, std::uint64_t seed, std::uint64_t stream) {
  if (!(rate >= 0 && rate < 1))
    throw UsageError("dropout: the rate must be at least 0 and below 1, got " +
                     std::to_string(rate));
  return x.graph().apply(
      dropout_op, {{x, counter}},
      {.ints = {static_cast<std::int64_t>(seed), static_cast<std::int64_t>(stream)},
       .reals = {rate}});
}

Value dropout(Value x, Value counter, Value rate, std::uint64_t seed, std::uint64_t stream) {
  const Value u = random_uniform(counter, x.shape(), seed, stream);
  return x * (greater_equal(u, rate) * (1.0 / (1.0 - rate)));
}

}  // namespace chainrule
