// Every golden training at every SIMD level of this machine, with and without generated code.
#include "golden/golden.h"

#include <algorithm>
#include <cctype>

#include <gtest/gtest.h>

#include "golden/deny_code.h"
#include "kernels/dispatch.h"

namespace chainrule::golden {
namespace {

class Golden : public testing::TestWithParam<Training> {
 protected:
  ~Golden() override { kernels::limit_simd(kernels::available_simd().back()); }
};

TEST_P(Golden, HasTheBitsThatAreWrittenDown) {
  for (const kernels::SimdLevel level : kernels::available_simd()) {
    kernels::limit_simd(level);
    for (const Way& way : {Way{}, Way{.skip = {"generate"}}, Way{.skip = {"fuse"}, .threads = 3}})
      EXPECT_EQ(GetParam().hash(way), expected(GetParam().name))
          << kernels::simd_name(level) << ", without "
          << (way.skip.empty() ? "nothing" : *way.skip.begin());
  }
}

std::string test_name(const testing::TestParamInfo<Training>& info) {
  std::string name = info.param.name;
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Golden, testing::ValuesIn(trainings()), test_name);

TEST(GoldenDeathTest, HoldsWhereTheSystemForbidsCode) {
  const auto all_hold = [] {
    if (!deny_code()) return;
    for (const Training& training : trainings())
      if (training.hash({}) != expected(training.name)) std::exit(1);
  };
  EXPECT_EXIT((all_hold(), std::exit(0)), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace chainrule::golden
