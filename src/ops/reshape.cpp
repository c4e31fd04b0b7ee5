#include <algorithm>

#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

namespace {

template <class T>
void copy_all(const Call<T>& call) {
  if (call.only >= 0)
    call.y[call.only] = call.x[0][call.only];
  else
    std::copy_n(call.x[0], call.y_shape.size(), call.y);
}

}  // namespace

constinit const Op reshape_op{
    .name = "reshape",
    .summary = {"The same elements in the same order under another shape.",
                "같은 성분을 같은 순서로 다른 모양에 담습니다."},
    .attribute_names = "shape",
    .shape =
        [](std::span<const Shape> x, const Attributes& attributes) {
          const Shape target(attributes.ints);
          if (target.size() != x[0].size())
            throw UsageError("reshape: " + x[0].to_string() + " and " + target.to_string() +
                             " differ in their number of elements");
          return target;
        },
    .reference = copy_all<double>,
    .symbolic = copy_all<Expression>,
    .chain_rule = [](const Local& at, Value g) { return Values{reshape(g, at.x[0].shape())}; },
    .fast = [](const Call<float>& call, ThreadPool&) { copy_all(call); },
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{2, 6}}, .attributes = {.ints = {3, 4}}},
                        {.operands = {{1}}, .attributes = {}}};
                  }},
};

Value reshape(Value x, Shape shape) {
  if (x.shape() == shape) return x;
  return x.graph().apply(reshape_op, {{x}}, {.ints = {shape.begin(), shape.end()}});
}

}  // namespace chainrule
