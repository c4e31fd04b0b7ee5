#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/tensor.h"

namespace chainrule {
namespace {

constexpr std::int64_t large = std::int64_t{1} << 32;

std::string refusal(const std::vector<std::int64_t>& extents) {
  try {
    const Shape shape{std::span<const std::int64_t>(extents)};
    return shape.to_string() + " was taken";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(Shape, CountsItsElementsOrIsRefused) {
  EXPECT_EQ((Shape{large, large / 4, 1}).size(), std::int64_t{1} << 62);
  EXPECT_EQ((Shape{}).size(), 1);
  EXPECT_EQ((Shape{large, 0, large / 4}).size(), 0);
  EXPECT_EQ(refusal({large, large}),
            "shape [4294967296, 4294967296]: there are more elements than can be counted");
  EXPECT_EQ(refusal({0, large, large}),
            "shape [0, 4294967296, 4294967296]: there are more elements than can be counted")
      << "the width of a row would overflow";
  EXPECT_EQ(refusal({2, -1}), "shape [2, -1]: an extent must be 0 or more");
  EXPECT_THROW((Shape{large, 2}).with(1, large), UsageError);
  EXPECT_THROW((Shape{large, 2}).with(1, -1), UsageError);
  EXPECT_EQ((Shape{large, 2}).with(1, 3), (Shape{large, 3}));
}

}  // namespace
}  // namespace chainrule
