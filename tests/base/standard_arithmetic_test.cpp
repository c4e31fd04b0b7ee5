// Programs whose host has changed how the processor computes.
#include "base/standard_arithmetic.h"

#include <cfenv>
#include <functional>

#include <gtest/gtest.h>

#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "golden/golden.h"

namespace chainrule {
namespace {

class HostSettings : public testing::Test {
 protected:
  ~HostSettings() override { std::fesetenv(FE_DFL_ENV); }
};

void expect_golden_bits() {
  for (const golden::Training& training : golden::trainings())
    for (const char* name : {"operation exp", "products", "sums and maxima", "special numbers",
                             "optimizer adam", "table iris.csv"})
      if (training.name == name) {
        EXPECT_EQ(training.hash({.threads = 2}), golden::expected(name)) << name;
      }
}

TEST_F(HostSettings, OfRoundingChangeNoBit) {
  for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    ASSERT_EQ(std::fesetround(mode), 0);
    expect_golden_bits();
    EXPECT_EQ(std::fegetround(), mode) << "is put back";
  }
}

#if defined(__x86_64__)
TEST_F(HostSettings, OfSubnormalNumbersChangeNoBit) {
  const unsigned flushed = _mm_getcsr() | 0x8040U;  // as results, and as operands
  _mm_setcsr(flushed);
  expect_golden_bits();
  EXPECT_EQ(_mm_getcsr() & ~0x3fU, flushed & ~0x3fU) << "is put back";
}
#endif

}  // namespace
}  // namespace chainrule
