#include "kernels/matmul_kernels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <utility>

#include "kernels/arithmetic.h"
#include "kernels/matmul.h"
#include "kernels/tree_order.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/matmul_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace chainrule::kernels {
namespace HWY_NAMESPACE {
namespace {

#include "kernels/vector.inc"

#include "kernels/product_tiles.inc"

#include "kernels/parted_tiles.inc"

void pack_rows(const float* from, int64_t from_stride, int64_t width, int64_t k, float* to,
               int64_t to_stride) {
  const D d;
  const int64_t whole = width / lanes * lanes;
  const Part part = first_lanes(width - whole);
  for (int64_t p = 0; p < k; ++p, from += from_stride, to += to_stride) {
    for (int64_t j = 0; j < whole; j += lanes) hn::StoreU(hn::LoadU(d, from + j), d, to + j);
    if (whole < width) hn::StoreU(load(part, from + whole), d, to + whole);
  }
}

#if HWY_TARGET != HWY_SCALAR
// The 4 floats at from[0], from[4 * stride], from[8 * stride], ..., side by side.
template <class Tag>
HWY_INLINE hn::Vec<Tag> gather_blocks(Tag d, const float* const* from, int64_t at) {
  if constexpr (hn::MaxLanes(Tag()) == 4) {
    return hn::LoadU(d, from[0] + at);
  } else {
    const hn::Half<Tag> half;
    return hn::Combine(d, gather_blocks(half, from + hn::MaxLanes(half), at),
                       gather_blocks(half, from, at));
  }
}

// Transposes [lanes columns of `to`, 4 consecutive p] by 4 x 4 blocks in registers.
HWY_INLINE void transpose_four(const float* const* rows, int64_t p, float* to, int64_t to_stride) {
  const D d;
  const hn::Repartition<double, D> pairs;
  const V v0 = gather_blocks(d, rows, p), v1 = gather_blocks(d, rows + 1, p),
          v2 = gather_blocks(d, rows + 2, p), v3 = gather_blocks(d, rows + 3, p);
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, v0, v1));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, v2, v3));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, v0, v1));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, v2, v3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * to_stride);
}

// The sum of v's blocks of four floats.
template <class Tag>
HWY_INLINE void store_block_sum(Tag d, hn::Vec<Tag> v, float* to) {
  if constexpr (hn::MaxLanes(Tag()) == 4) {
    hn::StoreU(v, d, to);
  } else {
    const hn::Half<Tag> half;
    store_block_sum(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)), to);
  }
}
#endif

void pack_columns(const float* from, int64_t from_stride, int64_t width, int64_t k, float* to,
                  int64_t to_stride) {
  // The last rows first: where they do not fill a vector, what is written beyond them belongs to
  // the first ones at the next k.
  for (int64_t first = (width - 1) / lanes * lanes; first >= 0; first -= lanes) {
    float* const at = to + first;
    const int64_t here = HWY_MIN(lanes, width - first);
    const float* rows[lanes];
    // Where the width ends inside the vector the last row stands in for those that are not there.
    for (int64_t j = 0; j < lanes; ++j) {
      rows[j] = from + (first + HWY_MIN(j, here - 1)) * from_stride;
    }
    int64_t p = 0;
#if HWY_TARGET != HWY_SCALAR
    for (; p + 4 <= k; p += 4) transpose_four(rows, p, at + p * to_stride, to_stride);
#endif
    for (; p < k; ++p) {
      for (int64_t j = 0; j < here; ++j) at[p * to_stride + j] = rows[j][p];
    }
  }
}

// Rows rows of C, Vectors vectors of columns (the last one up to `part`).
template <int Rows, int Vectors>
HWY_INLINE void rows_times_matrix(const float* a, const float* b, float* c, int64_t n, int64_t k,
                                  Part part) {
  const D d;
  V sum[Rows][Vectors];
  CHAINRULE_UNROLL
  for (int r = 0; r < Rows; ++r) {
    for (int v = 0; v < Vectors; ++v) sum[r][v] = hn::Set(d, no_sum);
  }
  for (int64_t p = 0; p < k; ++p, b += n) {
    V b_row[Vectors];
    for (int v = 0; v < Vectors - 1; ++v) b_row[v] = hn::LoadU(d, b + v * lanes);
    b_row[Vectors - 1] = load(part, b + (Vectors - 1) * lanes);
    CHAINRULE_UNROLL
    for (int r = 0; r < Rows; ++r) {
      const V factor = hn::Set(d, a[r * k + p]);
      for (int v = 0; v < Vectors; ++v) sum[r][v] = multiply_add(factor, b_row[v], sum[r][v]);
    }
  }
  CHAINRULE_UNROLL
  for (int r = 0; r < Rows; ++r, c += n) {
    for (int v = 0; v < Vectors - 1; ++v) hn::StoreU(sum[r][v], d, c + v * lanes);
    store(sum[r][Vectors - 1], part, c + (Vectors - 1) * lanes);
  }
}

template <int Rows>
void few_rows_of(const float* a, const float* b, float* c, int64_t n, int64_t k, int64_t begin,
                 int64_t end) {
  constexpr int vectors = Rows <= 2 && lanes == 16 ? 8 : lanes == 16 ? 4 : 2;
  const Part all = first_lanes(lanes);
  int64_t j = begin;
  for (; j + vectors * lanes <= end; j += vectors * lanes) {
    rows_times_matrix<Rows, vectors>(a, b + j, c + j, n, k, all);
  }
  for (; j < end; j += lanes) {
    const Part part = first_lanes(HWY_MIN(lanes, end - j));
    rows_times_matrix<Rows, 1>(a, b + j, c + j, n, k, part);
  }
}

void few_rows(const float* a, const float* b, float* c, int64_t m, int64_t n, int64_t k,
              int64_t begin, int64_t end) {
  switch (m) {
    case 1:
      return few_rows_of<1>(a, b, c, n, k, begin, end);
    case 2:
      return few_rows_of<2>(a, b, c, n, k, begin, end);
    case 3:
      return few_rows_of<3>(a, b, c, n, k, begin, end);
    default:
      return few_rows_of<4>(a, b, c, n, k, begin, end);
  }
}

// The sums of the lanes of a, b, c and e, each of row_vectors vectors, to four neighbouring floats:
// in every block of four the first half with the second, twice, then the blocks likewise.
HWY_INLINE void store_lane_sums(const V* a, const V* b, const V* c, const V* e, float* to) {
  V blocks[row_vectors];
#if HWY_TARGET == HWY_SCALAR
  // A block is four of the vectors. What is left of it lies in the first.
  const V* const x[] = {a, b, c, e};
  for (int j = 0; j < 4; ++j, ++to) {
    for (int v = 0; v < row_vectors; v += 4)
      blocks[v] = hn::Add(hn::Add(x[j][v], x[j][v + 2]), hn::Add(x[j][v + 1], x[j][v + 3]));
    hn::StoreU(hn::Add(hn::Add(blocks[0], blocks[8]), hn::Add(blocks[4], blocks[12])), D(), to);
  }
#else
  const D d;
  const hn::Repartition<double, D> pairs;
  for (int v = 0; v < row_vectors; ++v) {
    const auto ab = hn::BitCast(
        pairs, hn::Add(hn::InterleaveLower(d, a[v], b[v]), hn::InterleaveUpper(d, a[v], b[v])));
    const auto ce = hn::BitCast(
        pairs, hn::Add(hn::InterleaveLower(d, c[v], e[v]), hn::InterleaveUpper(d, c[v], e[v])));
    blocks[v] = hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, ab, ce)),
                        hn::BitCast(d, hn::InterleaveUpper(pairs, ab, ce)));
  }
  for (int half = row_vectors / 2; half > 0; half /= 2)
    for (int v = 0; v < half; ++v) blocks[v] = hn::Add(blocks[v], blocks[v + half]);
  store_block_sum(d, blocks[0], to);
#endif
}

// c[r][j] = <a row r, b row j> for Rows rows and Columns columns: 1 or 4.
template <int Rows, int Columns>
HWY_INLINE void dot_tile(const float* a, const float* b, float* c, int64_t n, int64_t k) {
  const D d;
  V sum[Rows][Columns][row_vectors];
  CHAINRULE_UNROLL
  for (int r = 0; r < Rows; ++r) {
    for (int j = 0; j < Columns; ++j)
      for (int v = 0; v < row_vectors; ++v) sum[r][j][v] = hn::Set(d, no_sum);
  }
  int64_t p = 0;
  for (; p + row_lanes <= k; p += row_lanes) {
    CHAINRULE_UNROLL
    for (int v = 0; v < row_vectors; ++v) {
      V b_part[Columns];
      for (int j = 0; j < Columns; ++j) b_part[j] = hn::LoadU(d, b + j * k + p + v * lanes);
      CHAINRULE_UNROLL
      for (int r = 0; r < Rows; ++r) {
        const V a_part = hn::LoadU(d, a + r * k + p + v * lanes);
        for (int j = 0; j < Columns; ++j)
          sum[r][j][v] = multiply_add(a_part, b_part[j], sum[r][j][v]);
      }
    }
  }
  if (p < k) {
    // 0 times -0 is added where the row has ended, which changes nothing.
    CHAINRULE_UNROLL
    for (int v = 0; v < row_vectors; ++v) {
      for (int j = 0; j < Columns; ++j) {
        const V b_part = load_part(b + j * k + p, k - p, v, no_sum);
        CHAINRULE_UNROLL
        for (int r = 0; r < Rows; ++r)
          sum[r][j][v] =
              multiply_add(load_part(a + r * k + p, k - p, v, 0.0f), b_part, sum[r][j][v]);
      }
    }
  }
  CHAINRULE_UNROLL
  for (int r = 0; r < Rows; ++r, c += n) {
    if constexpr (Columns == 4) {
      store_lane_sums(sum[r][0], sum[r][1], sum[r][2], sum[r][3], c);
    } else {
      float four[4];
      store_lane_sums(sum[r][0], sum[r][0], sum[r][0], sum[r][0], four);
      *c = four[0];
    }
  }
}

template <int Rows>
HWY_INLINE void dot_columns(const float* a, const float* b, float* c, int64_t n, int64_t k,
                            int64_t columns) {
  int64_t j = 0;
  for (; j + 4 <= columns; j += 4) dot_tile<Rows, 4>(a, b + j * k, c + j, n, k);
  for (; j < columns; ++j) dot_tile<Rows, 1>(a, b + j * k, c + j, n, k);
}

void few_rows_dot(const float* a, const float* b, float* c, int64_t m, int64_t n, int64_t k,
                  int64_t begin, int64_t end) {
  // 4 x 4 sums fill half of 32 registers, 1 x 4 sums of two vectors each half of 16.
  constexpr int rows = lanes == 16 ? 4 : 1;
  // So many rows of B stay in the first cache while all rows of A go by.
  const int64_t step = HWY_MAX(4, 4096 / k / 4 * 4);
  for (int64_t j = begin; j < end; j += step) {
    const int64_t columns = HWY_MIN(step, end - j);
    int64_t r = 0;
    for (; r + rows <= m; r += rows) {
      dot_columns<rows>(a + r * k, b + j * k, c + r * n + j, n, k, columns);
    }
    for (; r < m; ++r) dot_columns<1>(a + r * k, b + j * k, c + r * n + j, n, k, columns);
  }
}

void few_numbers(const StridedProduct& x) {
  if (x.k == 0) {  // A and B may be nowhere
    for (int64_t i = 0; i < x.m * x.n; ++i) x.c[i] = 0.0f;
    return;
  }
  for (int64_t i = 0; i < x.m; ++i) {
    for (int64_t j = 0; j < x.n; ++j) {
      const float* a = x.a + i * x.a_row;
      const float* b = x.b + j * x.b_column;
      float sum = no_sum;
      for (int64_t p = 0; p < x.k; ++p, a += x.a_step, b += x.b_step)
        sum = multiply_add(*a, *b, sum);
      x.c[i * x.n + j] = sum;
    }
  }
}

const MatmulKernels& table() {
  static constexpr MatmulKernels kernels{.max_tile_rows = max_rows,
                                         .panel_columns = panel_vectors * lanes,
                                         .lanes = lanes,
                                         .multiply_panel = multiply_panel,
                                         .multiply_parts = multiply_parts,
                                         .multiply_gathered = multiply_gathered,
                                         .pack_rows = pack_rows,
                                         .pack_columns = pack_columns,
                                         .few_rows = few_rows,
                                         .few_rows_dot = few_rows_dot,
                                         .few_numbers = few_numbers};
  return kernels;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace chainrule::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace chainrule::kernels {

HWY_EXPORT(table);
const MatmulKernels& matmul_kernels() { return HWY_DYNAMIC_DISPATCH(table)(); }

}  // namespace chainrule::kernels
#endif
