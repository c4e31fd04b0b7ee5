#include "kernels/pool.h"
#include "ops/op_list.h"
#include "ops/record.h"
#include "ops/window_shape.h"

namespace chainrule {

// Operands g, x and y; attributes as of max_pool.
namespace {

Shape pooled_image_shape(std::span<const Shape> x, const Attributes& attributes) {
  const Shape y = max_pool_op.shape(x.subspan(1, 1), attributes);
  require_shape("max_pool_gradient", "the result's gradient", x[0], y);
  require_shape("max_pool_gradient", "the result", x[2], y);
  return x[1];
}

// As max states it.
Value compose_max_pool_gradient(std::span<const Value> x, const Attributes& attributes) {
  const Windows where = windows_from(attributes);
  const Value all = windows(x[1], where);
  const Shape one{all.dim(0), all.dim(1), all.dim(2), 1, 1, all.dim(5)};
  const Value is_largest = equal(all, reshape(x[2], one));
  const Value shared = is_largest * (reshape(x[0], one) / sum(is_largest, {3, 4}));
  return overlap(shared, where, x[1].dim(1), x[1].dim(2));
}

kernels::WindowProblem pooled_images(std::span<const Shape> x, const Attributes& attributes) {
  return convolution(x[1], x[0], windows_from(attributes)).images;
}

std::vector<CheckCase> max_pool_gradient_cases() {
  const auto attributes = [](const Windows& where) {
    return Attributes{.ints = window_attributes(where), .reals = {where.fill}};
  };
  const Shape apart{1, 1, 2, 1}, overlapping{1, 2, 2, 1};
  return {{.operands = {apart, {1, 2, 4, 1}, apart},
           .attributes = attributes({.size = {2, 2}, .stride = {2, 2}}),
           .fixed = {DoubleTensor({1, 2, 4, 1}, {1, 5, 2, 2, 3, 4, 2, 0}),
                     DoubleTensor(apart, {5, 2})}},
          {.operands = {overlapping, {1, 3, 3, 1}, overlapping},
           .attributes = attributes({.size = {2, 2}}),
           .fixed = {DoubleTensor({1, 3, 3, 1}, {1, 2, 7, 4, 5, 5, 8, 8, 6}),
                     DoubleTensor(overlapping, {5, 7, 8, 8})}}};
}

}  // namespace

constinit const Op max_pool_gradient_op{
    .name = "max_pool_gradient",
    .summary = {"The gradient of images of which the largest numbers were taken.",
                "최댓값을 고른 이미지의 기울기입니다."},
    .kind = OpKind::composite,
    .arity = 3,
    .attribute_names = "size, stride, dilation, padding before and after; its value",
    .shape = pooled_image_shape,
    .compose = compose_max_pool_gradient,
    .fast =
        [](const Call<float>& call, ThreadPool& threads) {
          kernels::max_pool_gradient(pooled_images(call.x_shapes, *call.attributes), call.x[1],
                                     static_cast<float>(windows_from(*call.attributes).fill),
                                     call.x[2], call.x[0], call.y, call.epilogue, call.workspace,
                                     threads);
        },
    .workspace =
        [](std::span<const Shape> x, const Attributes& attributes, int threads) {
          return static_cast<std::int64_t>(
              kernels::max_pool_gradient_floats(pooled_images(x, attributes), threads));
        },
    .takes_epilogue = true,
    .check = {.differentiable = 1, .cases = max_pool_gradient_cases},
};

Value max_pool_gradient(Value g, Value x, Value y, const Windows& where) {
  return x.graph().apply(max_pool_gradient_op, {{g, x, y}},
                         {.ints = window_attributes(where), .reals = {where.fill}});
}

}  // namespace chainrule
