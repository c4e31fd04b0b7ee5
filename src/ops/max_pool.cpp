#include "kernels/pool.h"
#include "ops/op_list.h"
#include "ops/record.h"
#include "ops/window_shape.h"

namespace chainrule {

// attributes.ints as window_attributes says, attributes.reals = {what lies around the image}
namespace {

Shape pooled_shape(std::span<const Shape> x, const Attributes& attributes) {
  const Shape all = windows_shape("max_pool", x[0], windows_from(attributes));
  return {all[0], all[1], all[2], all[5]};
}

Value compose_max_pool(std::span<const Value> x, const Attributes& attributes) {
  const Value largest = max(windows(x[0], windows_from(attributes)), {3, 4});
  return reshape(largest, pooled_shape({{x[0].shape()}}, attributes));
}

}  // namespace

constinit const Op max_pool_op{
    .name = "max_pool",
    .summary = {"The largest number of each window of images.",
                "이미지의 창마다 가장 큰 수입니다."},
    .kind = OpKind::composite,
    .attribute_names = "size, stride, dilation, padding before and after; its value",
    .shape = pooled_shape,
    .compose = compose_max_pool,
    .fast =
        [](const Call<float>& call, ThreadPool& threads) {
          const Windows where = windows_from(*call.attributes);
          kernels::max_pool(convolution(call.x_shapes[0], call.y_shape, where).images, call.x[0],
                            static_cast<float>(where.fill), call.y, call.epilogue, threads);
        },
    .takes_epilogue = true,
    .check = {.cases = [] { return windows_op.check.cases(); }},
};

Value max_pool(Value x, const Windows& where) {
  return x.graph().apply(max_pool_op, {{x}},
                         {.ints = window_attributes(where), .reals = {where.fill}});
}

}  // namespace chainrule
