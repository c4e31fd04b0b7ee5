// What stands in for the fused multiply-add is that instruction, to the bit.
#include "kernels/arithmetic.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

#include "base/random.h"

namespace chainrule::kernels {
namespace {

// As IEEE 754 defines it: the C library's, which computes it in integers where the processor can't.
void expect_fused(float a, float b, float c) {
  const float got = fused_multiply_add(a, b, c), expected = std::fma(a, b, c);
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(got)) << a << " " << b << " " << c;
  } else {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(got), std::bit_cast<std::uint32_t>(expected))
        << std::hexfloat << a << " " << b << " " << c;
  }
}

TEST(FusedMultiplyAdd, IsRoundedOnce) {
  RandomStream random(1, 0);
  const auto any = [&] { return std::bit_cast<float>(random.bits()); };
  for (int i = 0; i < 300'000; ++i) expect_fused(any(), any(), any());
}

// Where the sum lies between two floats, or next to it, or cancels.
TEST(FusedMultiplyAdd, RoundsTiesAsOneOperationDoes) {
  RandomStream random(2, 0);
  for (int i = 0; i < 300'000; ++i) {
    const float a = std::ldexp(static_cast<float>(random.bits() >> 8), -12),
                b = std::ldexp(static_cast<float>(random.bits() >> (8 + random.below(20))), -12);
    const auto exponent = static_cast<int>(random.below(60)) - 30;
    const float near = random.below(2) == 0 ? -(a * b) : a * b;
    expect_fused(a, b, near);
    expect_fused(a, b, std::ldexp(near, exponent));
    expect_fused(a, b, std::ldexp(1.0F, static_cast<int>(random.below(70)) - 30));
  }
}

TEST(FusedMultiplyAdd, TakesSpecialNumbers) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const float special[] = {0.0F,      -0.0F,      1.0F,      -1.0F,
                           0x1p-149F, -0x1p-149F, 0x1p-126F, 0x1.fffffep127F,
                           -0x1p127F, infinity,   -infinity, std::nanf("")};
  for (const float a : special)
    for (const float b : special)
      for (const float c : special) expect_fused(a, b, c);
}

// Subnormal results have fewer digits, of which the last is rounded.
TEST(FusedMultiplyAdd, RoundsSubnormalNumbers) {
  RandomStream random(3, 0);
  for (int i = 0; i < 300'000; ++i) {
    const float a = std::ldexp(static_cast<float>(random.bits() >> 8), -90),
                b = std::ldexp(static_cast<float>(random.bits() >> 8), -90);
    const float c = std::bit_cast<float>((random.bits() >> 9) | (random.bits() & 0x80000000U));
    expect_fused(a, b, c);
    expect_fused(-a, b, std::bit_cast<float>(static_cast<std::uint32_t>(random.below(64))));
  }
}

}  // namespace
}  // namespace chainrule::kernels
