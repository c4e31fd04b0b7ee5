// Runs a test at every instruction set of this machine.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "kernels/dispatch.h"

namespace chainrule::kernels {

class EverySimdLevel : public testing::TestWithParam<SimdLevel> {
 protected:
  void SetUp() override {
    limit_simd(GetParam());
    ASSERT_EQ(simd_level(), GetParam());
  }
  void TearDown() override { limit_simd(SimdLevel::avx512); }
};

inline std::string level_name(const testing::TestParamInfo<SimdLevel>& info) {
  return std::string(simd_name(info.param));
}

}  // namespace chainrule::kernels
