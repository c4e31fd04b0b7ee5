#include "kernels/machine_floor.h"

#include <cmath>

#include "base/threads.h"
#include "kernels/simd_levels.h"

namespace chainrule::kernels {
namespace {

using MachineFloorTest = EverySimdLevel;

TEST_P(MachineFloorTest, RatesArePositiveForAnySizeAndNumberOfThreads) {
  for (const std::int64_t parameters : {0, 5, 100'000})
    for (const int arrays : {2, 4})
      for (const int threads : {1, 2}) {
        const FloorRates rates = MachineFloor(parameters, arrays, threads).measure();
        EXPECT_GT(rates.flop, 0);
        EXPECT_GT(rates.byte, 0);
        EXPECT_TRUE(std::isfinite(rates.flop) && std::isfinite(rates.byte));
      }
}

TEST(MachineFloor, MeasuresWithTheThreadsThatTheSystemStarts) {
  limit_added_threads(1);
  const FloorRates rates = MachineFloor(1000, 2, 4).measure();
  limit_added_threads(-1);
  EXPECT_GT(rates.flop, 0);
  EXPECT_TRUE(std::isfinite(rates.flop) && std::isfinite(rates.byte));
}

INSTANTIATE_TEST_SUITE_P(Levels, MachineFloorTest, testing::ValuesIn(available_simd()), level_name);

}  // namespace
}  // namespace chainrule::kernels
