#include "base/suggest.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace chainrule {
namespace {

const std::vector<std::string> columns{"age", "species", "body_mass", "island"};

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("abc", "abc"), 0);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("saturday", "sunday"), 3);
  EXPECT_EQ(edit_distance("speices", "species"), 1) << "neighbours swapped";
  EXPECT_EQ(edit_distance("ca", "abc"), 3) << "no letter is moved twice";
  EXPECT_EQ(edit_distance("Species", "sPECIES"), 0) << "upper and lower case are equal";
}

TEST(EditDistance, IsTheSameBothWaysAndNoMoreThanTheLongerWord) {
  RandomStream random(7, 0);
  for (int i = 0; i < 300; ++i) {
    std::string a, b;
    for (std::uint64_t k = random.below(9); k > 0; --k)
      a += static_cast<char>('a' + random.below(3));
    for (std::uint64_t k = random.below(9); k > 0; --k)
      b += static_cast<char>('a' + random.below(3));
    const int edits = edit_distance(a, b);
    EXPECT_EQ(edits, edit_distance(b, a)) << a << " " << b;
    EXPECT_LE(edits, static_cast<int>(std::max(a.size(), b.size()))) << a << " " << b;
    EXPECT_EQ(edits == 0, a == b) << a << " " << b;
  }
}

TEST(NearestName, IsWithinAThirdOfTheWord) {
  EXPECT_EQ(nearest_name("speices", columns), "species");
  EXPECT_EQ(nearest_name("AGE", columns), "age");
  EXPECT_EQ(nearest_name("ag", columns), "age") << "one edit is always allowed";
  EXPECT_EQ(nearest_name("xyz", columns), "");
  EXPECT_EQ(nearest_name("iland", columns), "island");
  EXPECT_EQ(nearest_name("ilxnd", columns), "") << "two edits of five letters";
  EXPECT_EQ(nearest_name("b", std::vector<std::string>{"a", "c"}), "a") << "the first of equals";
  EXPECT_EQ(nearest_name(std::string(201, 'a'), std::vector{std::string(201, 'a')}), "")
      << "damage, not a slip";
}

TEST(Suggestion, NamesTheNearestOrAll) {
  EXPECT_EQ(suggestion("speces", columns), "did you mean \"species\"?");
  EXPECT_EQ(suggestion("x", std::vector<std::string>{"age", "sex"}), "known are \"age\", \"sex\"");
  EXPECT_EQ(suggestion("x", std::vector<std::string>{}), "there are none");
  std::vector<std::string> many;
  for (int i = 10; i < 25; ++i) many.push_back("column" + std::to_string(i));
  const std::string text = suggestion("x", many);
  EXPECT_TRUE(text.ends_with("\"column21\" and 3 more")) << text;
}

}  // namespace
}  // namespace chainrule
