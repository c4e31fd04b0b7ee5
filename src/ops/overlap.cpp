#include <algorithm>

#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"
#include "ops/window_shape.h"

namespace chainrule {

// attributes.ints as window_attributes says, then {height, width}
namespace {

// A sum begins with its first term: -0 changes none, as 0 would change -0.
template <class T>
void add_windows(const Call<T>& call) {
  const auto p = window_problem(call.y_shape, call.x_shapes[0], windows_from(*call.attributes));
  const std::int64_t windows_floats = p.down.count * p.across.count * p.window_floats();
  const bool all = call.only < 0;
  const std::int64_t first = all ? 0 : call.only, last = all ? call.y_shape.size() : first + 1;
  for (std::int64_t at = first; at < last; ++at) {
    const std::int64_t c = at % p.channels, w = at / p.channels % p.across.image;
    const std::int64_t row = at / p.channels / p.across.image;
    const T* const from = call.x[0] + row / p.down.image * windows_floats + c;
    T sum = -0.0;
    bool is_any = false;
    kernels::for_each_window_at(p, row % p.down.image, w, [&](std::int64_t next) {
      sum += from[next];
      is_any = true;
    });
    call.y[at] = is_any ? sum : T(0.0);
  }
}

Shape overlapped_shape(std::span<const Shape> x, const Attributes& attributes) {
  if (x[0].rank() != 6)
    throw UsageError(fmt::format(
        "overlap: expected windows [batch, down, across, height, width, channels], got {}",
        x[0].to_string()));
  const std::int64_t height = attributes.ints[10], width = attributes.ints[11];
  if (height < 0 || width < 0)
    throw UsageError(fmt::format("overlap: an image cannot be {} high and {} wide", height, width));
  const Shape image{x[0][0], height, width, x[0][5]};
  const Shape expected = windows_shape("overlap", image, windows_from(attributes));
  if (expected != x[0])
    throw UsageError(fmt::format("overlap: images {} have windows {}, got {}", image.to_string(),
                                 expected.to_string(), x[0].to_string()));
  return image;
}

std::vector<CheckCase> overlap_cases() {
  std::vector<CheckCase> cases;
  for (const CheckCase& c : windows_op.check.cases()) {
    const Shape& image = c.operands[0];
    Attributes attributes{.ints = c.attributes.ints};
    attributes.ints.insert(attributes.ints.end(), {image[1], image[2]});
    cases.push_back({.operands = {windows_shape("overlap", image, windows_from(attributes))},
                     .attributes = attributes});
  }
  return cases;
}

}  // namespace

constinit const Op overlap_op{
    .name = "overlap",
    .summary = {"Windows of images, added up where they overlap.",
                "이미지의 창을 겹치는 곳에서 더합니다."},
    .attribute_names = "size, stride, dilation, padding before and after, height and width",
    .shape = overlapped_shape,
    .reference = add_windows<double>,
    .symbolic = add_windows<Expression>,
    .chain_rule = [](const Local& at,
                     Value g) { return Values{windows(g, windows_from(at.attributes))}; },
    .fast =
        [](const Call<float>& call, ThreadPool& threads) {
          kernels::overlap(
              window_problem(call.y_shape, call.x_shapes[0], windows_from(*call.attributes)),
              call.x[0], call.y, threads);
        },
    .check = {.cases = overlap_cases},
};

Value overlap(Value windows, const Windows& where, std::int64_t height, std::int64_t width) {
  std::vector<std::int64_t> ints = window_attributes(where);
  ints.insert(ints.end(), {height, width});
  return windows.graph().apply(overlap_op, {{windows}}, {.ints = std::move(ints)});
}

}  // namespace chainrule
