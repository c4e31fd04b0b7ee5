#include "kernels/dispatch.h"

#include <gtest/gtest.h>

#include "kernels/matmul_kernels.h"
#include "kernels/simd_levels.h"

namespace chainrule::kernels {
namespace {

class Dispatch : public EverySimdLevel {};
INSTANTIATE_TEST_SUITE_P(EveryLevel, Dispatch, testing::ValuesIn(available_simd()), level_name);

TEST_P(Dispatch, KernelsAreThoseOfTheLevelInUse) {
  const std::int64_t lanes = GetParam() == SimdLevel::avx512 ? 16
                             : GetParam() == SimdLevel::avx2 ? 8
                                                             : 1;
  EXPECT_EQ(matmul_kernels().lanes, lanes);
  EXPECT_EQ(simd_name(), simd_name(GetParam()));
  EXPECT_EQ(matmul_kernels().lanes, lanes);  // asking for the name changes nothing
}

TEST(DispatchLimit, IsLiftedByTheHighestLevel) {
  limit_simd(SimdLevel::baseline);
  EXPECT_EQ(simd_level(), SimdLevel::baseline);
  limit_simd(SimdLevel::avx512);
  EXPECT_EQ(simd_level(), available_simd().back());
}

}  // namespace
}  // namespace chainrule::kernels
