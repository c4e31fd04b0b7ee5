#include "ops/loss_rows.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {
namespace {

// What each output falls short of the target, where it does, costs its level, and what it is
// beyond, the rest up to 1: least on average where that share of the targets is below it.
Value pinball_each(Value output, Value target, const std::vector<double>& levels) {
  const DoubleTensor row({1, static_cast<std::int64_t>(levels.size())}, levels);
  const Value level = output.graph().constant(row), error = target - output;
  return maximum(level * error, (level - 1.0) * error);
}

Value pinball_of(std::span<const Value> x, const Attributes& attributes) {
  return reshape(mean(pinball_each(x[0], x[1], attributes.reals)), {});
}

}  // namespace

constinit const Op pinball_op{
    .name = "pinball",
    .summary = {"Each output is to be its level's quantile; averaged over outputs and batch.",
                "출력마다 정해진 수준의 분위수를 맞히게 하며 출력과 배치에 걸쳐 평균합니다."},
    .kind = OpKind::composite,
    .arity = 2,
    .attribute_names = "levels",
    .shape = loss_shape,
    .compose = pinball_of,
    .textbook = pinball_of,
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{4, 3}, {4, 3}}, .attributes = {.reals = {0.1, 0.5, 0.8}}},
                        {.operands = {{2, 1}, {2, 1}}, .attributes = {.reals = {0.3}}}};
                  }},
};

Value pinball_rows(Value output, Value target, const std::vector<double>& levels) {
  return mean(pinball_each(output, target, levels), {1});
}

Value pinball(Value prediction, Value target, std::vector<double> levels) {
  if (prediction.dim(prediction.shape().rank() - 1) != static_cast<std::int64_t>(levels.size()))
    throw UsageError(fmt::format("pinball: {} outputs and {} levels; give one level to each output",
                                 prediction.dim(prediction.shape().rank() - 1), levels.size()));
  for (const double level : levels)
    if (!(level > 0 && level < 1))
      throw UsageError(fmt::format("pinball: level {}; it must be between 0 and 1", level));
  return prediction.graph().apply(pinball_op, {{prediction, target}}, {.reals = std::move(levels)});
}

}  // namespace chainrule
