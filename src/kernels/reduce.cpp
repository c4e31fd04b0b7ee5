#include "kernels/reduce.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "kernels/arithmetic.h"
#include "kernels/reduce_order.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace chainrule::kernels {
namespace HWY_NAMESPACE {
namespace {

#include "kernels/vector.inc"

struct Sum {
  static constexpr float nothing = no_sum, of_none = 0.0f;
  template <class Vector>
  static HWY_INLINE Vector join(Vector a, Vector b) {
    return hn::Add(a, b);
  }
};

struct Max {
  static constexpr float nothing = -HUGE_VALF, of_none = nothing;
  template <class Vector>
  static HWY_INLINE Vector join(Vector a, Vector b) {
    return hn::IfThenElse(hn::IsNaN(a), a, hn::IfThenElse(hn::IsNaN(b), b, max_of(a, b)));
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

// One contiguous row: sixteen lanes, four times side by side.
template <class Op>
float reduce_row(const float* x, int64_t count) {
  constexpr int64_t wide = 4 * row_lanes;
  const D d;
  const V nothing = hn::Set(d, Op::nothing);
  V total[row_vectors];
  for (V& v : total) v = nothing;
  const int64_t step = wide * block_length(count / wide);
  int64_t i = 0;
  while (i + row_lanes <= count) {
    V part[4 * row_vectors];
    for (V& v : part) v = nothing;
    const int64_t stop = HWY_MIN(count, i + step);
    for (; i + wide <= stop; i += wide) {
      CHAINRULE_UNROLL
      for (int v = 0; v < 4 * row_vectors; ++v)
        part[v] = Op::join(part[v], hn::LoadU(d, x + i + v * lanes));
    }
    for (; i + row_lanes <= stop; i += row_lanes) {
      CHAINRULE_UNROLL
      for (int v = 0; v < row_vectors; ++v)
        part[v] = Op::join(part[v], hn::LoadU(d, x + i + v * lanes));
    }
    CHAINRULE_UNROLL
    for (int v = 0; v < row_vectors; ++v) {
      const V first = Op::join(part[v], part[v + row_vectors]);
      const V second = Op::join(part[v + 2 * row_vectors], part[v + 3 * row_vectors]);
      total[v] = Op::join(total[v], Op::join(first, second));
    }
  }
  CHAINRULE_UNROLL
  for (int v = 0; v < row_vectors; ++v)
    total[v] = Op::join(total[v], load_part(x + i, count - i, v, Op::nothing));
  for (int half = row_vectors / 2; half > 0; half /= 2)
    for (int v = 0; v < half; ++v) total[v] = Op::join(total[v], total[v + half]);
  return join_lanes<Op>(d, total[0]);
}

// `Vectors` vectors of neighbouring columns (the last one up to `part`), down all rows.
template <class Op, int Vectors, class Last>
HWY_INLINE void reduce_columns(const float* x, float* y, int64_t rows, int64_t stride, Last part) {
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
      sum[last] = Op::join(sum[last], load(part, x + last * lanes));
    }
    for (int v = 0; v < Vectors; ++v) total[v] = Op::join(total[v], sum[v]);
  }
  for (int v = 0; v < last; ++v) hn::StoreU(total[v], d, y + v * lanes);
  store(total[last], part, y + last * lanes);
}

template <class Op>
void reduce_range(const float* x, float* y, int64_t reduce, int64_t inner, int64_t begin,
                  int64_t end) {
  if (reduce == 0) {
    for (int64_t i = begin; i < end; ++i) y[i] = Op::of_none;
    return;
  }
  if (inner == 1) {
    for (int64_t i = begin; i < end; ++i) y[i] = reduce_row<Op>(x + i * reduce, reduce);
    return;
  }
  while (begin < end) {
    const int64_t o = begin / inner, j = begin % inner;
    const int64_t width = HWY_MIN(inner - j, end - begin);
    const float* const from = x + o * reduce * inner + j;
    float* const to = y + begin;
    int64_t i = 0;
    for (; i + 4 * lanes <= width; i += 4 * lanes)
      reduce_columns<Op, 4>(from + i, to + i, reduce, inner, Whole());
    for (; i + lanes <= width; i += lanes)
      reduce_columns<Op, 1>(from + i, to + i, reduce, inner, Whole());
    if (i < width) reduce_columns<Op, 1>(from + i, to + i, reduce, inner, first_lanes(width - i));
    begin += width;
  }
}

// `Vectors` vectors of neighbouring columns (the last one up to `part`) of all rows, added to
// `sum`.
template <int Vectors, class Last>
HWY_INLINE void add_columns(const float* x, float* sum, int64_t rows, int64_t stride, Last part) {
  const D d;
  constexpr int last = Vectors - 1;
  V total[Vectors];
  for (int v = 0; v < last; ++v) total[v] = hn::LoadU(d, sum + v * lanes);
  total[last] = load(part, sum + last * lanes);
  for (int64_t row = 0; row < rows; ++row, x += stride) {
    for (int v = 0; v < last; ++v) total[v] = hn::Add(total[v], hn::LoadU(d, x + v * lanes));
    total[last] = hn::Add(total[last], load(part, x + last * lanes));
  }
  for (int v = 0; v < last; ++v) hn::StoreU(total[v], d, sum + v * lanes);
  store(total[last], part, sum + last * lanes);
}

void add_all_columns(const float* x, float* sum, int64_t rows, int64_t stride, int64_t width) {
  int64_t i = 0;
  for (; i + 4 * lanes <= width; i += 4 * lanes)
    add_columns<4>(x + i, sum + i, rows, stride, Whole());
  for (; i + 2 * lanes <= width; i += 2 * lanes)
    add_columns<2>(x + i, sum + i, rows, stride, Whole());
  for (; i + lanes <= width; i += lanes) add_columns<1>(x + i, sum + i, rows, stride, Whole());
  if (i < width) add_columns<1>(x + i, sum + i, rows, stride, first_lanes(width - i));
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

HWY_EXPORT(add_all_columns);
HWY_EXPORT(sum_range);
HWY_EXPORT(max_range);

void add_rows(const float* x, float* sum, std::int64_t columns, RowRange range) {
  const auto add = HWY_DYNAMIC_DISPATCH(add_all_columns);
  std::int64_t count = range.count;
  if (range.begin > 0) {
    const std::int64_t first = std::min(count, columns - range.begin);
    add(x, sum + range.begin, 1, columns, first);
    x += first;
    count -= first;
  }
  const std::int64_t rows = count / columns;
  add(x, sum, rows, columns, columns);
  add(x + rows * columns, sum, 1, columns, count % columns);
}

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
