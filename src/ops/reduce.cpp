#include "ops/reduce.h"

#include <algorithm>

#include "ops/record.h"

namespace chainrule {
namespace {

// One run of neighbouring reduced axes, seen as [outer, reduce, inner].
struct Span {
  std::int64_t outer = 1, reduce = 1, inner = 1;
};

// Below this many elements a hand-off to other threads costs more than it saves.
constexpr std::int64_t worth_sharing = 1 << 16;

void run(ReduceKernel kernel, const Span& span, const float* x, float* y, ThreadPool& threads) {
  const std::int64_t results = span.outer * span.inner;
  const bool is_shared = results >= 64 && results * span.reduce >= worth_sharing;
  const std::int64_t chunks = is_shared ? threads.size() : 1;
  threads.parallel_for(chunks, [&](std::int64_t chunk, int) {
    kernel(x, y, span.outer, span.reduce, span.inner,
           {.begin = results * chunk / chunks, .end = results * (chunk + 1) / chunks});
  });
}

// Visits the runs of neighbouring axes, last run first; `shape` shrinks as they are reduced.
template <class Visit>
void for_each_span(Shape shape, std::span<const std::int64_t> axes, Visit visit) {
  std::size_t stop = axes.size();
  while (stop > 0) {
    std::size_t start = stop - 1;
    while (start > 0 && axes[start - 1] + 1 == axes[start]) --start;
    Span span;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (axis < axes[start])
        span.outer *= shape[axis];
      else if (axis > axes[stop - 1])
        span.inner *= shape[axis];
      else {
        span.reduce *= shape[axis];
        shape = shape.with(axis, 1);
      }
    }
    visit(span, start == 0);
    stop = start;
  }
}

}  // namespace

void reduce(ReduceKernel kernel, const Call<float>& call, ThreadPool& threads) {
  const float* source = call.x[0];
  float* scratch = call.workspace;
  for_each_span(call.x_shapes[0], call.attributes->ints, [&](const Span& span, bool is_last) {
    float* target = is_last ? call.y : scratch;
    run(kernel, span, source, target, threads);
    scratch = target + span.outer * span.inner;
    source = target;
  });
}

std::int64_t reduce_workspace(std::span<const Shape> x, const Attributes& attributes, int) {
  std::int64_t floats = 0;
  for_each_span(x[0], attributes.ints, [&](const Span& span, bool is_last) {
    if (!is_last) floats += span.outer * span.inner;
  });
  return floats;
}

}  // namespace chainrule
