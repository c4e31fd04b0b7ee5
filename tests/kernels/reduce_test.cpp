#include "kernels/reduce.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "base/random.h"
#include "kernels/reduce_order.h"
#include "kernels/simd_levels.h"

namespace chainrule::kernels {
namespace {

using Shape = std::array<std::int64_t, 3>;  // outer, reduce, inner

std::vector<float> normal_numbers(std::int64_t count) {
  RandomStream random(9, 0);
  std::vector<float> x(static_cast<std::size_t>(count));
  for (float& value : x) value = static_cast<float>(random.normal());
  return x;
}

std::vector<Shape> shapes() {
  std::vector<Shape> all = {{1, 5000, 1}, {3, 70'001, 1}, {1, 3000, 7}, {1, 64, 784},
                            {5, 0, 3},    {4, 0, 1},      {0, 4, 4},    {2, 600, 130}};
  for (std::int64_t extent = 1; extent <= 70; ++extent) {
    all.push_back({3, extent, 1});
    all.push_back({1, 5, extent});
    all.push_back({2, extent, 3});
  }
  return all;
}

class Reduce : public EverySimdLevel {};
INSTANTIATE_TEST_SUITE_P(EveryLevel, Reduce, testing::ValuesIn(available_simd()), level_name);

TEST_P(Reduce, SumAndMaxAgreeWithDoublePrecision) {
  for (const auto& [outer, reduce, inner] : shapes()) {
    // One float off the alignment.
    const std::vector<float> memory = normal_numbers(outer * reduce * inner + 1);
    const float* const x = memory.data() + 1;
    std::vector<float> sums(static_cast<std::size_t>(outer * inner) + 1, 77.0f), maxima = sums;
    reduce_sum(x, sums.data(), outer, reduce, inner);
    reduce_max(x, maxima.data(), outer, reduce, inner);
    for (std::int64_t i = 0; i < outer * inner; ++i) {
      double sum = 0, magnitude = 0, maximum = -HUGE_VAL;
      for (std::int64_t r = 0; r < reduce; ++r) {
        const double value = x[(i / inner * reduce + r) * inner + i % inner];
        sum += value;
        magnitude += std::abs(value);
        maximum = std::max(maximum, value);
      }
      const auto at = static_cast<std::size_t>(i);
      // Chains of about sqrt(reduce) additions, 256 at least: what a plain loop would not keep.
      const auto count = static_cast<double>(reduce);
      const double roundings = std::min(count, 256 + 3 * std::sqrt(count));
      EXPECT_NEAR(static_cast<double>(sums[at]), sum, roundings * 0x1p-24 * magnitude);
      EXPECT_EQ(static_cast<double>(maxima[at]), maximum);
    }
    EXPECT_EQ(sums.back(), 77.0f);
    EXPECT_EQ(maxima.back(), 77.0f);
  }
}

// Of zeros the sign counts, and of two the second is the maximum.
float larger(float a, float b) { return a > b || std::isnan(a) ? a : b; }

// The order is the same on every instruction set, and this is it.
TEST_P(Reduce, HasTheBitsOfThePlainLoop) {
  for (const Shape& shape : shapes()) {
    const std::int64_t outer = shape[0], reduce = shape[1], inner = shape[2];
    if (reduce == 0) continue;
    std::vector<float> x = normal_numbers(outer * reduce * inner);
    for (std::size_t i = 0; i < x.size(); i += 7) x[i] = i % 2 == 0 ? 0.0f : -0.0f;
    std::vector<float> sums(static_cast<std::size_t>(outer * inner)), maxima = sums;
    reduce_sum(x.data(), sums.data(), outer, reduce, inner);
    reduce_max(x.data(), maxima.data(), outer, reduce, inner);
    for (std::int64_t i = 0; i < outer * inner; ++i) {
      const float* const from = x.data() + i / inner * reduce * inner + i % inner;
      const auto plainly = [&](float nothing, auto join) {
        return inner == 1 ? reduced_row(from, reduce, nothing, join)
                          : reduced_column(from, reduce, inner, nothing, join);
      };
      const auto at = static_cast<std::size_t>(i);
      const auto bits = [](float number) { return std::bit_cast<std::uint32_t>(number); };
      EXPECT_EQ(bits(sums[at]), bits(plainly(-0.0f, std::plus<float>()))) << reduce << " " << inner;
      EXPECT_EQ(bits(maxima[at]), bits(plainly(-HUGE_VALF, larger))) << reduce << " " << inner;
    }
  }
}

TEST_P(Reduce, KeepsSmallTermsOfALongSum) {
  // One by one in float the sum would stop growing at 2^24 / 10.
  const std::vector<float> x(20'000'000, 0.1f);
  float along_row = 0, down_columns[2];
  reduce_sum(x.data(), &along_row, 1, 20'000'000, 1);
  EXPECT_NEAR(along_row, 2e6, 200);
  reduce_sum(x.data(), down_columns, 1, 10'000'000, 2);
  EXPECT_NEAR(down_columns[0], 1e6, 1000);
}

TEST_P(Reduce, GivesTheSameBitsInAnyRange) {
  for (const Shape& shape : {Shape{1, 300, 200}, Shape{40, 333, 1}, Shape{7, 20, 33}}) {
    const auto& [outer, reduce, inner] = shape;
    const std::vector<float> x = normal_numbers(outer * reduce * inner);
    std::vector<float> whole(static_cast<std::size_t>(outer * inner)), parts(whole.size());
    reduce_sum(x.data(), whole.data(), outer, reduce, inner);
    for (const std::int64_t step : {1, 5, 16, 37}) {
      for (std::int64_t begin = 0; begin < outer * inner; begin += step) {
        reduce_sum(x.data(), parts.data(), outer, reduce, inner,
                   {begin, std::min(begin + step, outer * inner)});
      }
      EXPECT_EQ(whole, parts);
    }
  }
}

// Block by block, each in pieces of any length: the order of the whole.
TEST_P(Reduce, AddedRowsHaveTheBitsOfTheSum) {
  for (const auto& [rows, columns] : {std::pair{700, 2}, {513, 33}, {300, 64}, {257, 100}}) {
    std::vector<float> x = normal_numbers(rows * columns);
    for (std::size_t i = 0; i < x.size(); i += 5) x[i] = -0.0f;
    const auto width = static_cast<std::size_t>(columns);
    const std::int64_t block = block_length(rows) * columns;
    std::vector<float> expected(width);
    reduce_sum(x.data(), expected.data(), 1, rows, columns);
    for (const std::int64_t step : {1, 7, 64, 1000, 1 << 20}) {
      std::vector<float> sums(width, no_sum), of_block;
      for (std::int64_t begin = 0; begin < std::ssize(x); begin += block) {
        of_block.assign(width, no_sum);
        const std::int64_t end = std::min(begin + block, std::ssize(x));
        for (std::int64_t at = begin; at < end; at += step)
          add_rows(x.data() + at, of_block.data(), columns,
                   {.begin = at % columns, .count = std::min(step, end - at)});
        add_rows(of_block.data(), sums.data(), columns, {.count = columns});
      }
      for (std::size_t i = 0; i < width; ++i)
        EXPECT_EQ(std::bit_cast<std::uint32_t>(sums[i]), std::bit_cast<std::uint32_t>(expected[i]))
            << rows << " rows of " << columns << " in pieces of " << step;
    }
  }
}

TEST_P(Reduce, CarriesNanAndInfinity) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::int64_t inner : {1, 3}) {
    for (std::int64_t bad = 0; bad < 50; ++bad) {
      std::vector<float> x(static_cast<std::size_t>(50 * inner), -1.0f), y(3);
      x[static_cast<std::size_t>(bad * inner)] = nan;
      reduce_max(x.data(), y.data(), 1, 50, inner);
      EXPECT_TRUE(std::isnan(y[0]));
      if (inner > 1) {
        EXPECT_EQ(y[1], -1.0f);
      }
      reduce_sum(x.data(), y.data(), 1, 50, inner);
      EXPECT_TRUE(std::isnan(y[0]));
      x[static_cast<std::size_t>(bad * inner)] = -HUGE_VALF;
      reduce_max(x.data(), y.data(), 1, 50, inner);
      EXPECT_EQ(y[0], -1.0f);
    }
  }
}

}  // namespace
}  // namespace chainrule::kernels
