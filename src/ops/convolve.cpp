#include "kernels/convolve.h"

#include "ops/op_list.h"
#include "ops/record.h"
#include "ops/window_shape.h"

namespace chainrule {

// attributes.ints as window_attributes says
namespace {

Value compose_convolve(std::span<const Value> x, const Attributes& attributes) {
  const Windows where = windows_from(attributes);
  const Shape y = convolved_shape("convolve", x[0].shape(), x[1].shape(), where);
  return reshape(matmul(window_rows(x[0], where), x[1]), y);
}

kernels::Convolution convolve_problem(const Call<float>& call) {
  return convolution(call.x_shapes[0], call.y_shape, windows_from(*call.attributes));
}

}  // namespace

constinit const Op convolve_op{
    .name = "convolve",
    .summary = {"A convolution: the windows of images times a matrix of filters.",
                "합성곱: 이미지의 창과 필터 행렬의 곱입니다."},
    .kind = OpKind::composite,
    .arity = 2,
    .attribute_names = "size, stride, dilation, padding before and after",
    .shape =
        [](std::span<const Shape> x, const Attributes& attributes) {
          return convolved_shape("convolve", x[0], x[1], windows_from(attributes));
        },
    .compose = compose_convolve,
    .fast =
        [](const Call<float>& call, ThreadPool& threads) {
          kernels::convolve(convolve_problem(call), call.x[0], call.x[1], call.y, call.epilogue,
                            call.workspace, threads);
        },
    .workspace =
        [](std::span<const Shape> x, const Attributes& attributes, int threads) {
          const Shape y = convolve_op.shape(x, attributes);
          return static_cast<std::int64_t>(
              kernels::convolve_floats(convolution(x[0], y, windows_from(attributes)), threads));
        },
    .takes_epilogue = true,
    .check = {.cases =
                  [] {
                    std::vector<CheckCase> cases;
                    for (const CheckCase& c : windows_op.check.cases()) {
                      const Shape all = windows_op.shape(c.operands, c.attributes);
                      cases.push_back({.operands = {c.operands[0], {matrix_of_windows(all)[1], 5}},
                                       .attributes = {.ints = c.attributes.ints}});
                    }
                    return cases;
                  }},
};

Value convolve(Value x, Value filters, const Windows& where) {
  return x.graph().apply(convolve_op, {{x, filters}}, {.ints = window_attributes(where)});
}

}  // namespace chainrule
