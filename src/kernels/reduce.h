// Sums and maxima over the middle axis of x [outer, reduce, inner], giving y [outer, inner].
#pragma once

#include <cstdint>

namespace chainrule::kernels {

// Elements [begin, end) of the flat y; the whole of it by default. Threads may share a reduction by
// taking a range each: the bits of an element do not depend on the range it is computed in.
struct ReduceRange {
  std::int64_t begin = 0;
  std::int64_t end = -1;  // -1: to the end
};

// The order of summation is fixed by the shape alone: blocks of at least 256 and about sqrt(reduce)
// elements, each summed in float (64 side by side where inner is 1), then the blocks' sums in
// order. The error grows like sqrt(reduce). A sum of nothing is 0.
void reduce_sum(const float* x, float* y, std::int64_t outer, std::int64_t reduce,
                std::int64_t inner, ReduceRange range = {});

// Numbers of a matrix that lie behind each other in memory, the first of them in column `begin`.
struct RowRange {
  std::int64_t begin = 0;
  std::int64_t count = 0;
};

// Adds each row to `sum` [columns], in order; x is the first number of the range.
void add_rows(const float* x, float* sum, std::int64_t columns, RowRange range);

// NaN if any element is NaN; the maximum of nothing is -infinity.
void reduce_max(const float* x, float* y, std::int64_t outer, std::int64_t reduce,
                std::int64_t inner, ReduceRange range = {});

}  // namespace chainrule::kernels
