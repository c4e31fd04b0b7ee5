#include "kernels/reduce.h"

#include <cmath>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace chainrule::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using std::int64_t;

constexpr int64_t lanes = static_cast<int64_t>(hn::MaxLanes(D()));

// Elements summed one after the other before their sum is carried: the larger of 256 and about the
// root of the count, so that neither the blocks nor their number grow long.
int64_t block_length(int64_t count) {
  int64_t length = 256;
  while (length * length < count) length *= 2;
  return length;
}

struct Sum {
  static constexpr float nothing = 0.0f;
  template <class Vector>
  static HWY_INLINE Vector join(Vector a, Vector b) {
    return hn::Add(a, b);
  }
};

struct Max {
  static constexpr float nothing = -HUGE_VALF;
  template <class Vector>
  static HWY_INLINE Vector join(Vector a, Vector b) {
    return hn::IfThenElse(hn::IsNaN(a), a, hn::IfThenElse(hn::IsNaN(b), b, hn::Max(a, b)));
  }
};

// Lanes are joined two by two, the first half with the second: a fixed tree.
template <class Op, class Tag>
HWY_INLINE float join_lanes(Tag, hn::Vec<Tag> v) {
#if HWY_TARGET == HWY_SCALAR
  return hn::GetLane(v);
#else
  if constexpr (hn::MaxLanes(Tag()) == 4) {
    v = Op::join(v, hn::Shuffle1032(v));
    return hn::GetLane(Op::join(v, hn::Shuffle2301(v)));
  } else {
    const hn::Half<Tag> half;
    return join_lanes<Op>(half, Op::join(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
#endif
}

// One contiguous row, in four vectors side by side.
template <class Op>
float reduce_row(const float* x, int64_t count) {
  const D d;
  const V nothing = hn::Set(d, Op::nothing);
  V total = nothing;
  const int64_t step = 4 * lanes * block_length(count / (4 * lanes));
  int64_t i = 0;
  while (i + lanes <= count) {
    V part[4] = {nothing, nothing, nothing, nothing};
    const int64_t stop = HWY_MIN(count, i + step);
    for (; i + 4 * lanes <= stop; i += 4 * lanes) {
      for (int v = 0; v < 4; ++v) part[v] = Op::join(part[v], hn::LoadU(d, x + i + v * lanes));
    }
    for (; i + lanes <= stop; i += lanes) part[0] = Op::join(part[0], hn::LoadU(d, x + i));
    total = Op::join(total, Op::join(Op::join(part[0], part[1]), Op::join(part[2], part[3])));
  }
  if (i < count) {
    const auto rest = hn::FirstN(d, static_cast<std::size_t>(count - i));
    total = Op::join(total, hn::IfThenElse(rest, hn::MaskedLoad(rest, d, x + i), nothing));
  }
  return join_lanes<Op>(d, total);
}

// `Vectors` vectors of neighbouring columns (the last one up to `part`), down all rows.
template <class Op, int Vectors>
HWY_INLINE void reduce_columns(const float* x, float* y, int64_t rows, int64_t stride,
                               hn::Mask<D> part) {
  const D d;
  constexpr int last = Vectors - 1;
  const int64_t block = block_length(rows);
  V total[Vectors];
  for (int v = 0; v < Vectors; ++v) total[v] = hn::Set(d, Op::nothing);
  for (int64_t row = 0; row < rows;) {
    V sum[Vectors];
    for (int v = 0; v < Vectors; ++v) sum[v] = hn::Set(d, Op::nothing);
    for (const int64_t stop = HWY_MIN(rows, row + block); row < stop; ++row, x += stride) {
      for (int v = 0; v < last; ++v) sum[v] = Op::join(sum[v], hn::LoadU(d, x + v * lanes));
      sum[last] = Op::join(sum[last], hn::MaskedLoad(part, d, x + last * lanes));
    }
    for (int v = 0; v < Vectors; ++v) total[v] = Op::join(total[v], sum[v]);
  }
  for (int v = 0; v < last; ++v) hn::StoreU(total[v], d, y + v * lanes);
  hn::BlendedStore(total[last], part, d, y + last * lanes);
}

template <class Op>
void reduce_range(const float* x, float* y, int64_t reduce, int64_t inner, int64_t begin,
                  int64_t end) {
  if (inner == 1) {
    for (int64_t i = begin; i < end; ++i) y[i] = reduce_row<Op>(x + i * reduce, reduce);
    return;
  }
  const auto all = hn::FirstN(D(), static_cast<std::size_t>(lanes));
  while (begin < end) {
    const int64_t o = begin / inner, j = begin % inner;
    const int64_t width = HWY_MIN(inner - j, end - begin);
    const float* const from = x + o * reduce * inner + j;
    int64_t i = 0;
    for (; i + 4 * lanes <= width; i += 4 * lanes) {
      reduce_columns<Op, 4>(from + i, y + begin + i, reduce, inner, all);
    }
    for (; i < width; i += lanes) {
      const auto part = hn::FirstN(D(), static_cast<std::size_t>(HWY_MIN(lanes, width - i)));
      reduce_columns<Op, 1>(from + i, y + begin + i, reduce, inner, part);
    }
    begin += width;
  }
}

void sum_range(const float* x, float* y, int64_t reduce, int64_t inner, int64_t begin,
               int64_t end) {
  reduce_range<Sum>(x, y, reduce, inner, begin, end);
}
void max_range(const float* x, float* y, int64_t reduce, int64_t inner, int64_t begin,
               int64_t end) {
  reduce_range<Max>(x, y, reduce, inner, begin, end);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace chainrule::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace chainrule::kernels {

HWY_EXPORT(sum_range);
HWY_EXPORT(max_range);

void reduce_sum(const float* x, float* y, std::int64_t outer, std::int64_t reduce,
                std::int64_t inner, ReduceRange range) {
  const std::int64_t end = range.end < 0 ? outer * inner : range.end;
  HWY_DYNAMIC_DISPATCH(sum_range)(x, y, reduce, inner, range.begin, end);
}

void reduce_max(const float* x, float* y, std::int64_t outer, std::int64_t reduce,
                std::int64_t inner, ReduceRange range) {
  const std::int64_t end = range.end < 0 ? outer * inner : range.end;
  HWY_DYNAMIC_DISPATCH(max_range)(x, y, reduce, inner, range.begin, end);
}

}  // namespace chainrule::kernels
#endif
