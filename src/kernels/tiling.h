// How products are cut into pieces.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/matmul.h"
#include "kernels/matmul_kernels.h"

namespace chainrule::kernels {

inline std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

inline std::int64_t round_up(std::int64_t a, std::int64_t b) { return divide_up(a, b) * b; }

// Floats, rounded up to cache lines.
inline std::int64_t whole_lines(std::int64_t floats) { return round_up(floats, 16); }

// Pieces of at most this size, and of about equal size.
inline std::int64_t equal_pieces(std::int64_t size, std::int64_t most) {
  return divide_up(size, divide_up(size, most));
}

// Tasks of at least 20 microseconds that there are in a product, at most four per thread.
inline std::int64_t tasks_worth(const MatmulProblem& x, int threads) {
  if (threads == 1) return 1;
  constexpr double seconds_per_task = 20e-6, flops_per_second = 60e9;
  const double flops =
      2.0 * static_cast<double>(x.m) * static_cast<double>(x.n) * static_cast<double>(x.k);
  const double most = flops / flops_per_second / seconds_per_task;
  return std::max<std::int64_t>(
      1, std::min<std::int64_t>(4 * threads, static_cast<std::int64_t>(most)));
}

// Rows of a product that are gathered at a time: a multiple of what a tile may have.
constexpr std::int64_t most_gathered_rows = 96;

}  // namespace chainrule::kernels
