// Runs a single-axis kernel over any set of axes.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "base/threads.h"
#include "graph/op.h"
#include "kernels/reduce.h"
#include "kernels/reduce_order.h"
#include "ops/record.h"

namespace chainrule {

// One run of neighbouring reduced axes, seen as [outer, reduce, inner].
struct ReducedSpan {
  std::int64_t outer = 1, reduce = 1, inner = 1;
};

// The runs of neighbouring axes among `axes` in the order in which they are reduced: last run
// first.
using ReducedSpans = ShortList<ReducedSpan, (Shape::max_rank + 1) / 2>;
ReducedSpans reduced_spans(Shape shape, std::span<const std::int64_t> axes);

using ReduceKernel = void (*)(const float* x, float* y, std::int64_t outer, std::int64_t reduce,
                              std::int64_t inner, kernels::ReduceRange range);

// Neighbouring axes are reduced as one. Axes that are apart are reduced one after another, last
// first, the partial results in call.workspace.
void reduce(ReduceKernel kernel, const Call<float>& call, ThreadPool& threads);

// Elements of workspace that reduce() needs.
std::int64_t reduce_workspace(std::span<const Shape> x, const Attributes& attributes, int threads);

// The same in the kernels' order, over any kind of number. `nothing` joined with x is x.
template <class T, class Join>
void reduce_in_order(const Call<T>& call, const T& nothing, Join join) {
  std::vector<T> from(call.x[0], call.x[0] + call.x_shapes[0].size());
  for (const auto& [outer, reduce, inner] :
       reduced_spans(call.x_shapes[0], call.attributes->ints)) {
    std::vector<T> to;
    if (reduce == 0) to.assign(static_cast<std::size_t>(outer * inner), nothing);
    for (std::int64_t o = 0; o < outer && reduce > 0; ++o)
      for (std::int64_t i = 0; i < inner; ++i) {
        const T* const x = from.data() + o * reduce * inner + i;
        to.push_back(inner == 1 ? kernels::reduced_row(x, reduce, nothing, join)
                                : kernels::reduced_column(x, reduce, inner, nothing, join));
      }
    from = std::move(to);
  }
  std::ranges::move(from, call.y);
}

// Calls visit(i, k) for every element k of x, in row-major order, with the element i of y that it
// is reduced to. Where one element of y is wanted, those that make it are all that is looked at.
template <class T, class Visit>
void for_each_reduced(const Call<T>& call, Visit visit) {
  const Shape &x = call.x_shapes[0], &y = call.y_shape;
  auto strides = row_major_strides(y);
  for (const std::int64_t axis : call.attributes->ints) strides[static_cast<std::size_t>(axis)] = 0;
  if (call.only < 0) {
    std::int64_t next = 0;
    return for_each_offset(x, strides, [&](std::int64_t i) { visit(i, next++); });
  }
  const auto x_strides = row_major_strides(x);
  Shape within = x;
  std::int64_t first = 0;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    if (strides[a] == 0) continue;  // reduced
    first += x_strides[a] * (call.only / strides[a] % y[axis]);
    within = within.with(axis, 1);
  }
  for_each_offset(within, x_strides,
                  [&](std::int64_t offset) { visit(call.only, first + offset); });
}

}  // namespace chainrule
