#include <cmath>

#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"
#include "ops/window_shape.h"

namespace chainrule {

// attributes.ints as window_attributes says, attributes.reals = {what lies around the image}
namespace {

template <class T>
void copy_windows(const Call<T>& call) {
  const Windows where = windows_from(*call.attributes);
  const auto p = window_problem(call.x_shapes[0], call.y_shape, where);
  const bool all = call.only < 0;
  const std::int64_t first = all ? 0 : call.only, last = all ? call.y_shape.size() : first + 1;
  for (std::int64_t at = first; at < last; ++at) {
    std::array<std::int64_t, 6> index{};
    std::int64_t rest = at;
    for (int axis = 5; axis >= 0; --axis) {
      index[static_cast<std::size_t>(axis)] = rest % call.y_shape[axis];
      rest /= call.y_shape[axis];
    }
    const auto [n, i, j, a, b, c] = index;
    const std::int64_t h = p.down.place(i, a), w = p.across.place(j, b);
    if (p.down.is_inside(h) && p.across.is_inside(w))
      call.y[at] = call.x[0][((n * p.down.image + h) * p.across.image + w) * p.channels + c];
    else
      call.y[at] = where.fill;
  }
}

void fast_windows(const Call<float>& call, ThreadPool& threads) {
  const Windows where = windows_from(*call.attributes);
  kernels::windows(window_problem(call.x_shapes[0], call.y_shape, where), call.x[0],
                   static_cast<float>(where.fill), call.y, threads);
}

std::vector<CheckCase> window_cases() {
  const auto attributes = [](const Windows& where) {
    return Attributes{.ints = window_attributes(where), .reals = {where.fill}};
  };
  return {{.operands = {{2, 4, 5, 3}}, .attributes = attributes({.size = {3, 2}})},
          {.operands = {{1, 5, 4, 2}},
           .attributes = attributes(
               {.size = {2, 3}, .stride = {2, 1}, .before = {1, 0}, .after = {0, 2}, .fill = 1.5})},
          {.operands = {{2, 6, 7, 1}},
           .attributes = attributes(
               {.size = {2, 3}, .stride = {3, 2}, .dilation = {2, 3}, .before = {1, 2}})}};
}

}  // namespace

constinit const Op windows_op{
    .name = "windows",
    .summary = {"The windows of images, as a convolution or pooling looks at them.",
                "합성곱이나 풀링이 보는 이미지의 창입니다."},
    .attribute_names = "size, stride, dilation, padding before and after; its value",
    .shape = [](std::span<const Shape> x,
                const Attributes& at) { return windows_shape("windows", x[0], windows_from(at)); },
    .reference = copy_windows<double>,
    .symbolic = copy_windows<Expression>,
    .chain_rule =
        [](const Local& at, Value g) {
          const Value x = at.x[0];
          return Values{overlap(g, windows_from(at.attributes), x.dim(1), x.dim(2))};
        },
    .fast = fast_windows,
    .check = {.cases = window_cases},
};

Value windows(Value x, const Windows& where) {
  return x.graph().apply(windows_op, {{x}},
                         {.ints = window_attributes(where), .reals = {where.fill}});
}

}  // namespace chainrule
