#include "kernels/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"
#include "kernels/simd_levels.h"

namespace chainrule::kernels {
namespace {

std::vector<float> draw(const RandomKey& key, std::int64_t begin, std::int64_t end) {
  std::vector<float> x(static_cast<std::size_t>(end - begin));
  fill_uniform(key, begin, end, x.data());
  return x;
}

class FillUniform : public EverySimdLevel {};
INSTANTIATE_TEST_SUITE_P(EveryLevel, FillUniform, testing::ValuesIn(available_simd()), level_name);

TEST_P(FillUniform, DrawsAnElementTheSameInAnyRange) {
  const RandomKey key{.seed = 7, .stream = 2, .step = 11};
  const std::vector<float> whole = draw(key, 0, 500);
  for (std::int64_t begin = 0; begin < 70; ++begin) {
    for (const std::int64_t size : {0, 1, 2, 3, 4, 5, 33, 129, 300}) {
      const std::vector<float> part = draw(key, begin, begin + size);
      EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + begin));
    }
  }
}

TEST_P(FillUniform, DrawsTheSameAtEveryLevel) {
  const RandomKey key{.seed = 1, .stream = 2, .step = 3};
  const std::vector<float> here = draw(key, (1LL << 34) - 100, (1LL << 34) + 100);
  limit_simd(SimdLevel::baseline);
  EXPECT_EQ(here, draw(key, (1LL << 34) - 100, (1LL << 34) + 100));
}

TEST_P(FillUniform, IsPhiloxOnTheBlockAndTheStep) {
  const RandomKey key{.seed = 0x123456789, .stream = 5, .step = 0x987654321};
  const PhiloxCounter mixed = philox({5, 0, 0x64726f70, 0x6f757421}, {0x23456789, 0x1});
  // Blocks on both sides of 2^32.
  const std::int64_t first_block = (1LL << 32) - 20;
  const std::vector<float> x = draw(key, 4 * first_block, 4 * (first_block + 40));
  for (std::int64_t i = 0; i < 40; ++i) {
    const auto block = static_cast<std::uint64_t>(first_block + i);
    const PhiloxCounter bits = philox({static_cast<std::uint32_t>(block),
                                       static_cast<std::uint32_t>(block >> 32), 0x87654321, 0x9},
                                      {mixed[0], mixed[1]});
    for (std::size_t lane = 0; lane < 4; ++lane) {
      EXPECT_EQ(x[static_cast<std::size_t>(4 * i) + lane],
                static_cast<float>(bits[lane] >> 8) * 0x1p-24f);
    }
  }
}

TEST_P(FillUniform, DependsOnEveryPartOfTheKey) {
  const std::vector<float> first = draw({.seed = 1, .stream = 1, .step = 1}, 0, 8);
  for (const std::uint64_t other : {2ull, 1ull << 32}) {
    EXPECT_NE(first, draw({.seed = other, .stream = 1, .step = 1}, 0, 8));
    EXPECT_NE(first, draw({.seed = 1, .stream = other, .step = 1}, 0, 8));
    EXPECT_NE(first, draw({.seed = 1, .stream = 1, .step = other}, 0, 8));
  }
}

TEST_P(FillUniform, IsUniformOnTheHalfOpenInterval) {
  constexpr int count = 1'000'000, bins = 100;
  std::vector<int> histogram(bins, 0);
  for (const float u : draw({.seed = 3, .stream = 0, .step = 0}, 0, count)) {
    ASSERT_GE(u, 0.0f);
    ASSERT_LT(u, 1.0f);
    ++histogram[static_cast<std::size_t>(u * bins)];
  }
  // Five standard deviations of a bin of 10 000.
  for (const int in_bin : histogram) EXPECT_NEAR(in_bin, count / bins, 500);
}

}  // namespace
}  // namespace chainrule::kernels
