// The order in which a row is reduced: the same on every instruction set.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/arithmetic.h"

namespace chainrule::kernels {

// Elements that are joined one after the other before the result is carried: the larger of 256 and
// about the root of the count, so that neither the blocks nor their number grow long.
constexpr std::int64_t block_length(std::int64_t count) {
  std::int64_t length = 256;
  while (length * length < count) length *= 2;
  return length;
}

// A row reduced as the kernels do it, over any kind of number. `nothing` joined with x is x.
template <class T, class Join>
T reduced_row(const T* x, std::int64_t count, const T& nothing, Join join) {
  using Lanes = std::array<T, row_lanes>;
  const auto none = [&] {
    Lanes lanes;
    lanes.fill(nothing);
    return lanes;
  };
  const auto join_all = [&](Lanes a, const Lanes& b) {
    for (std::size_t lane = 0; lane < a.size(); ++lane) a[lane] = join(a[lane], b[lane]);
    return a;
  };
  constexpr std::int64_t wide = 4 * row_lanes;
  const std::int64_t step = wide * block_length(count / wide);
  Lanes total = none();
  std::int64_t i = 0;
  while (i + row_lanes <= count) {
    std::array<Lanes, 4> part{none(), none(), none(), none()};
    const std::int64_t stop = std::min(count, i + step);
    const std::int64_t whole = i + (stop - i) / wide * wide;
    for (; i + row_lanes <= stop; i += row_lanes) {
      Lanes& lanes = part[i < whole ? static_cast<std::size_t>(i / row_lanes % 4) : 0];
      Lanes numbers;
      std::copy_n(x + i, row_lanes, numbers.begin());
      lanes = join_all(lanes, numbers);
    }
    total = join_all(total, join_all(join_all(part[0], part[1]), join_all(part[2], part[3])));
  }
  for (std::size_t lane = 0; i < count; ++i, ++lane) total[lane] = join(total[lane], x[i]);
  for (std::size_t half = row_lanes / 2; half > 0; half /= 2)
    for (std::size_t lane = 0; lane < half; ++lane)
      total[lane] = join(total[lane], total[lane + half]);
  return total[0];
}

// The same for a column, whose numbers are `stride` apart.
template <class T, class Join>
T reduced_column(const T* x, std::int64_t count, std::int64_t stride, const T& nothing, Join join) {
  const std::int64_t block = block_length(count);
  T total = nothing;
  for (std::int64_t row = 0; row < count;) {
    T part = nothing;
    for (const std::int64_t stop = std::min(count, row + block); row < stop; ++row)
      part = join(part, x[row * stride]);
    total = join(total, part);
  }
  return total;
}

}  // namespace chainrule::kernels
