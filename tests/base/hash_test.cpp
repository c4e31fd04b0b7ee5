#include "base/hash.h"

#include <vector>

#include <gtest/gtest.h>

namespace chainrule {
namespace {

// From the sanity tests of XXH3's reference implementation (empty input, seed 0).
TEST(Hash, IsXxh3) { EXPECT_EQ(hash_text(hash(std::string_view())), "2d06800538d394c2"); }

TEST(Hash, TellsBitsAndPiecesApart) {
  const std::vector<float> zero{0.0F, 1.0F}, minus_zero{-0.0F, 1.0F};
  EXPECT_NE(hash(zero), hash(minus_zero)) << "equal numbers, other bits";
  EXPECT_NE(hash("b", hash("a")), hash("ab"));
  EXPECT_NE(hash("b", hash("a")), hash("a", hash("b")));
  EXPECT_EQ(hash("b", hash("a")), hash("b", hash("a")));
  EXPECT_EQ(hash_text(0xA).size(), 16U);
}

}  // namespace
}  // namespace chainrule
