#include "kernels/convolve.h"
#include "ops/op_list.h"
#include "ops/record.h"
#include "ops/window_shape.h"

namespace chainrule {

// attributes.ints as window_attributes says, then {height, width}
namespace {

Shape image_shape(std::span<const Shape> x, const Attributes& attributes) {
  constexpr std::string_view op = "image_gradient";
  const Windows where = windows_from(attributes);
  const std::int64_t places = where.size[0] * where.size[1];
  if (x[0].rank() != 4 || x[1].rank() != 2)
    throw UsageError(fmt::format(
        "{}: expected the result's gradient [batch, down, across, outputs] and filters, got {} and "
        "{}",
        op, x[0].to_string(), x[1].to_string()));
  const Shape image{x[0][0], attributes.ints[10], attributes.ints[11],
                    x[1][0] / std::max<std::int64_t>(places, 1)};
  require_shape(op, "the result's gradient", x[0], convolved_shape(op, image, x[1], where));
  return image;
}

Value compose_image_gradient(std::span<const Value> x, const Attributes& attributes) {
  const Windows where = windows_from(attributes);
  const std::vector<Shape> shapes{x[0].shape(), x[1].shape()};
  const Shape image = image_shape(shapes, attributes);
  const Shape all = windows_shape("image_gradient", image, where), rows = matrix_of_windows(all);
  const Value product = matmul(reshape(x[0], {rows[0], x[1].dim(1)}), transpose(x[1]));
  return overlap(reshape(product, all), where, image[1], image[2]);
}

}  // namespace

constinit const Op image_gradient_op{
    .name = "image_gradient",
    .summary = {"The gradient of a convolution's images.", "합성곱 입력 이미지의 기울기입니다."},
    .kind = OpKind::composite,
    .arity = 2,
    .attribute_names = "size, stride, dilation, padding before and after, height and width",
    .shape = image_shape,
    .compose = compose_image_gradient,
    .fast =
        [](const Call<float>& call, ThreadPool& threads) {
          kernels::image_gradient(
              convolution(call.y_shape, call.x_shapes[0], windows_from(*call.attributes)),
              call.x[0], call.x[1], call.y, call.epilogue, call.workspace, threads);
        },
    .workspace =
        [](std::span<const Shape> x, const Attributes& attributes, int threads) {
          return static_cast<std::int64_t>(kernels::image_gradient_floats(
              convolution(image_shape(x, attributes), x[0], windows_from(attributes)), threads));
        },
    .takes_epilogue = true,
    .check = {.cases =
                  [] {
                    std::vector<CheckCase> cases;
                    for (const CheckCase& c : convolve_op.check.cases()) {
                      const Shape& image = c.operands[0];
                      Attributes attributes = c.attributes;
                      attributes.ints.insert(attributes.ints.end(), {image[1], image[2]});
                      cases.push_back(
                          {.operands = {convolve_op.shape(c.operands, c.attributes), c.operands[1]},
                           .attributes = attributes});
                    }
                    return cases;
                  }},
};

Value image_gradient(Value g, Value filters, const Windows& where, std::int64_t height,
                     std::int64_t width) {
  std::vector<std::int64_t> ints = window_attributes(where);
  ints.insert(ints.end(), {height, width});
  return g.graph().apply(image_gradient_op, {{g, filters}}, {.ints = std::move(ints)});
}

}  // namespace chainrule
