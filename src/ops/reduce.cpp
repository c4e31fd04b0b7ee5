#include "ops/reduce.h"

#include <algorithm>

#include "ops/record.h"

namespace chainrule {
namespace {

// Below this many elements a hand-off to other threads costs more than it saves.
constexpr std::int64_t worth_sharing = 1 << 16;

void run(ReduceKernel kernel, const ReducedSpan& span, const float* x, float* y,
         ThreadPool& threads) {
  const std::int64_t results = span.outer * span.inner;
  const bool is_shared = results >= 64 && results * span.reduce >= worth_sharing;
  const std::int64_t chunks = is_shared ? threads.size() : 1;
  threads.parallel_for(chunks, [&](std::int64_t chunk, int) {
    kernel(x, y, span.outer, span.reduce, span.inner,
           {.begin = results * chunk / chunks, .end = results * (chunk + 1) / chunks});
  });
}

}  // namespace

ReducedSpans reduced_spans(Shape shape, std::span<const std::int64_t> axes) {
  ReducedSpans spans;
  std::size_t stop = axes.size();
  while (stop > 0) {
    std::size_t start = stop - 1;
    while (start > 0 && axes[start - 1] + 1 == axes[start]) --start;
    ReducedSpan span;
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
    spans.values[spans.count++] = span;
    stop = start;
  }
  return spans;
}

void reduce(ReduceKernel kernel, const Call<float>& call, ThreadPool& threads) {
  const ReducedSpans spans = reduced_spans(call.x_shapes[0], call.attributes->ints);
  const float* source = call.x[0];
  float* scratch = call.workspace;
  for (const ReducedSpan& span : spans) {
    float* target = &span == spans.end() - 1 ? call.y : scratch;
    run(kernel, span, source, target, threads);
    scratch = target + span.outer * span.inner;
    source = target;
  }
}

std::int64_t reduce_workspace(std::span<const Shape> x, const Attributes& attributes, int) {
  std::int64_t floats = 0;
  const ReducedSpans spans = reduced_spans(x[0], attributes.ints);
  for (const ReducedSpan& span : spans)
    if (&span != spans.end() - 1) floats += span.outer * span.inner;
  return floats;
}

}  // namespace chainrule
