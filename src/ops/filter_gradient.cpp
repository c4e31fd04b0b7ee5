#include "kernels/convolve.h"
#include "ops/op_list.h"
#include "ops/record.h"
#include "ops/window_shape.h"

namespace chainrule {

// attributes.ints as window_attributes says
namespace {

Value compose_filter_gradient(std::span<const Value> x, const Attributes& attributes) {
  const Value rows = window_rows(x[0], windows_from(attributes)), g = x[1];
  return matmul(transpose(rows), reshape(g, {rows.dim(0), g.dim(3)}));
}

// Of images and the gradient of what they were convolved to.
Shape filter_shape(std::span<const Shape> x, const Attributes& attributes) {
  constexpr std::string_view op = "filter_gradient";
  const Windows where = windows_from(attributes);
  const Shape all = windows_shape(op, x[0], where);
  const std::int64_t outputs = x[1].rank() == 4 ? x[1][3] : 1;
  require_shape(op, "the result's gradient", x[1], {all[0], all[1], all[2], outputs});
  return {matrix_of_windows(all)[1], outputs};
}

}  // namespace

constinit const Op filter_gradient_op{
    .name = "filter_gradient",
    .summary = "The gradient of a convolution's filters: all windows times the result's.",
    .kind = OpKind::composite,
    .arity = 2,
    .attribute_names = "size, stride, dilation, padding before and after",
    .shape = filter_shape,
    .compose = compose_filter_gradient,
    .fast =
        [](const Call<float>& call, ThreadPool& threads) {
          kernels::filter_gradient(
              convolution(call.x_shapes[0], call.x_shapes[1], windows_from(*call.attributes)),
              call.x[0], call.x[1], call.y, call.epilogue, call.workspace, threads);
        },
    .workspace =
        [](std::span<const Shape> x, const Attributes& attributes, int threads) {
          return static_cast<std::int64_t>(kernels::filter_gradient_floats(
              convolution(x[0], x[1], windows_from(attributes)), threads));
        },
    .takes_epilogue = true,
    .check = {.cases =
                  [] {
                    std::vector<CheckCase> cases;
                    for (const CheckCase& c : convolve_op.check.cases())
                      cases.push_back(
                          {.operands = {c.operands[0], convolve_op.shape(c.operands, c.attributes)},
                           .attributes = c.attributes});
                    return cases;
                  }},
};

Value filter_gradient(Value x, Value g, const Windows& where) {
  return x.graph().apply(filter_gradient_op, {{x, g}}, {.ints = window_attributes(where)});
}

}  // namespace chainrule
