#include "base/random.h"

#include <gtest/gtest.h>

namespace chainrule {
namespace {

// Known answers published with the generator's reference implementation (Random123, kat_vectors).
TEST(Philox, MatchesThePublishedVectors) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, IsAFunctionOfSeedAndStream) {
  RandomStream first(7, 1), again(7, 1), other_stream(7, 2), other_seed(8, 1);
  const std::uint32_t draw = first.bits();
  EXPECT_EQ(draw, again.bits());
  EXPECT_NE(draw, other_stream.bits());
  EXPECT_NE(draw, other_seed.bits());
}

TEST(RandomStream, HasTheMomentsOfItsDistributions) {
  RandomStream stream(1, 0);
  double sum = 0, normal_sum = 0, normal_squares = 0;
  constexpr int count = 100'000;
  for (int i = 0; i < count; ++i) {
    const double u = stream.uniform(), n = stream.normal();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    normal_sum += n;
    normal_squares += n * n;
  }
  EXPECT_NEAR(sum / count, 0.5, 0.005);
  EXPECT_NEAR(normal_sum / count, 0.0, 0.015);
  EXPECT_NEAR(normal_squares / count, 1.0, 0.02);
}

TEST(RandomStream, BelowReachesEveryNumberAndNoOther) {
  RandomStream stream(3, 0);
  std::array<int, 7> seen{};
  for (int i = 0; i < 7000; ++i) ++seen.at(stream.below(7));
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
}

}  // namespace
}  // namespace chainrule
