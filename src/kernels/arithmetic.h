// What the arithmetic of all instruction sets has in common.
#pragma once

#include <bit>
#include <cstdint>

namespace chainrule::kernels {

// Sums and maxima of a row run over this many numbers side by side, however wide vectors are.
constexpr std::int64_t row_lanes = 16;

// What a sum begins with: -0 changes no number, as 0 would change -0.
constexpr float no_sum = -0.0f;

// a b + c, rounded once, where the processor has no instruction for it; the bits are the
// instruction's. Double holds the product exactly, and a sum that is rounded to odd can be rounded
// again without harm, since double has more than twice the digits of float (Boldo and Melquiond,
// "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008).
inline float fused_multiply_add(float a, float b, float c) {
  const double product = static_cast<double>(a) * static_cast<double>(b);
  const auto addend = static_cast<double>(c);
  const double sum = product + addend;
  // What the sum lost, exactly (Knuth's two-sum); NaN where the sum is not finite.
  const double part = sum - product;
  const double lost = (product - (sum - part)) + (addend - part);
  auto bits = std::bit_cast<std::uint64_t>(sum);
  if ((lost > 0 || lost < 0) && bits % 2 == 0) bits += (lost > 0) == (sum > 0) ? 1U : ~0ULL;
  return static_cast<float>(std::bit_cast<double>(bits));
}

}  // namespace chainrule::kernels
