// Statistics of predictions, against their definitions.
#include "train/loop/statistics.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/random.h"

namespace chainrule {
namespace {

TEST(AreaUnderCurve, IsTheShareOfPairsInTheRightOrder) {
  RandomStream random(1, 0);
  for (int round = 0; round < 50; ++round) {
    const std::size_t rows = 2 + random.below(60), classes = 3;
    std::vector<float> probabilities(rows * classes);
    std::vector<std::int32_t> actual(rows);
    // Few values, so that there are ties.
    for (float& p : probabilities) p = static_cast<float>(random.below(8)) / 8;
    for (std::int32_t& k : actual) k = static_cast<std::int32_t>(random.below(classes));
    for (std::int32_t k = 0; k < 3; ++k) {
      double won = 0, pairs = 0;
      for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < rows; ++j) {
          if (actual[i] != k || actual[j] == k) continue;
          const float own = probabilities[i * classes + static_cast<std::size_t>(k)];
          const float other = probabilities[j * classes + static_cast<std::size_t>(k)];
          won += own > other ? 1 : own == other ? 0.5 : 0;
          ++pairs;
        }
      const double area = area_under_curve(probabilities, actual, k);
      if (pairs == 0)
        EXPECT_TRUE(std::isnan(area));
      else
        EXPECT_NEAR(area, won / pairs, 1e-12);
    }
  }
}

TEST(Calibration, ComparesProbabilityAndTruthBinByBin) {
  Calibration calibration;
  // In the bin from 0.8 to 13/15: 0.82 and 0.86, one of them right; in the last one 1.0, right.
  calibration.add(0.82, true);
  calibration.add(0.86, false);
  calibration.add(1.0, true);
  EXPECT_NEAR(calibration.error(), (std::abs(0.82 + 0.86 - 1) + 0) / 3, 1e-12);
}

// y = x + e with variances 1 and 1: R2 is 1/2.
TEST(R2Interval, HoldsTheTruthAsOftenAsItSays) {
  RandomStream random(2, 0);
  int held = 0;
  constexpr int tables = 200;
  for (int table = 0; table < tables; ++table) {
    std::vector<double> actual(120), predicted(120);
    for (std::size_t i = 0; i < actual.size(); ++i) {
      predicted[i] = random.normal();
      actual[i] = 1000 + predicted[i] + random.normal();
      predicted[i] += 1000;
    }
    const auto [low, high] = r2_interval(actual, predicted);
    held += low < 0.5 && 0.5 < high;
  }
  EXPECT_GE(held, tables * 88 / 100);
  EXPECT_LE(held, tables * 99 / 100);
}

TEST(R2Interval, NeedsRowsThatDiffer) {
  EXPECT_TRUE(std::isnan(r2_interval(std::vector<double>{1, 2}, std::vector<double>{1, 2})[0]));
  const std::vector<double> same(20, 3.0), other(20, 2.0);
  EXPECT_TRUE(std::isnan(r2_interval(same, other)[0]));
}

}  // namespace
}  // namespace chainrule
