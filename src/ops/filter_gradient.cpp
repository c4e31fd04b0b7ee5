#include <algorithm>

#include "kernels/convolve.h"
#include "kernels/tree_order.h"
#include "ops/op_list.h"
#include "ops/record.h"
#include "ops/window_shape.h"

namespace chainrule {

// attributes.ints as window_attributes says; then perhaps into how many equal parts the images are
// cut, whose sums are added as in kernels/tree_order.h
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

std::int64_t parts_of(const Attributes& attributes) {
  return attributes.ints.size() > 10 ? attributes.ints[10] : 1;
}

kernels::Convolution part_of(std::span<const Shape> x, const Attributes& attributes) {
  const std::int64_t batch = x[0][0] / parts_of(attributes);
  return convolution(x[0].with(0, batch), x[1].with(0, batch), windows_from(attributes));
}

// The sums that wait for their neighbour lie in the workspace, behind each other.
void sum_parts(const Call<float>& call, ThreadPool& threads) {
  const kernels::Convolution part = part_of(call.x_shapes, *call.attributes);
  const std::int64_t parts = parts_of(*call.attributes), size = call.y_shape.size();
  const std::int64_t images = call.x_shapes[0].size() / parts, g = call.x_shapes[1].size() / parts;
  float* top = call.workspace + kernels::filter_gradient_floats(part, threads.size());
  for (std::int64_t i = 0; i < parts; ++i) {
    kernels::filter_gradient(part, call.x[0] + i * images, call.x[1] + i * g, top, {},
                             call.workspace, threads);
    for (int joins = kernels::joins_behind(i, parts); joins > 0; --joins) {
      top -= size;
      for (std::int64_t k = 0; k < size; ++k) top[k] += top[size + k];
    }
    top += size;
  }
  std::copy_n(top - size, size, call.y);
  if (call.epilogue.call != nullptr) call.epilogue.call(call.epilogue.context, 0, size);
}

}  // namespace

constinit const Op filter_gradient_op{
    .name = "filter_gradient",
    .summary = {"The gradient of a convolution's filters: all windows times the result's.",
                "합성곱 필터의 기울기: 모든 창과 결과의 기울기의 곱입니다."},
    .kind = OpKind::composite,
    .arity = 2,
    .attribute_names = "size, stride, dilation, padding before and after",
    .shape = filter_shape,
    .compose = compose_filter_gradient,
    .fast =
        [](const Call<float>& call, ThreadPool& threads) {
          if (parts_of(*call.attributes) > 1) return sum_parts(call, threads);
          kernels::filter_gradient(
              convolution(call.x_shapes[0], call.x_shapes[1], windows_from(*call.attributes)),
              call.x[0], call.x[1], call.y, call.epilogue, call.workspace, threads);
        },
    .workspace =
        [](std::span<const Shape> x, const Attributes& attributes, int threads) {
          const std::int64_t parts = parts_of(attributes),
                             size = filter_shape(x, attributes).size();
          return static_cast<std::int64_t>(
                     kernels::filter_gradient_floats(part_of(x, attributes), threads)) +
                 (parts > 1 ? kernels::most_pending(parts) * size : 0);
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
