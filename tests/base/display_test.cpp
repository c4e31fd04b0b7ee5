#include "base/display.h"

#include <gtest/gtest.h>

namespace chainrule {
namespace {

// Columns as xterm and Unicode's EastAsianWidth.txt have them.
TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("∂E/∂W₅ → η"), 10);
  EXPECT_EQ(display_width("순전파"), 6);
  EXPECT_EQ(display_width("誤差"), 4);
  EXPECT_EQ(display_width("😀"), 2);
  EXPECT_EQ(display_width("e\u0301"), 1) << "a combining accent takes no column";
  EXPECT_EQ(display_width("\u1112\u1161\u11AB"), 2) << "Hangul in its parts";
}

TEST(DisplayWidth, CountsBytesThatAreNoUtf8OneByOne) {
  EXPECT_EQ(display_width("caf\xE9"), 4) << "Latin-1, cut off";
  EXPECT_EQ(display_width("\xE9t\xE9s"), 4) << "a lead byte without its followers";
  EXPECT_EQ(display_width("\x80\x81"), 2);
  EXPECT_EQ(display_width("\xF0\x9F\x98"), 3) << "half an emoji";
}

TEST(Aligned, FillsUpToTheColumn) {
  EXPECT_EQ(left_aligned("오차", 6), "오차  ");
  EXPECT_EQ(right_aligned("오차", 6), "  오차");
  EXPECT_EQ(right_aligned("already longer", 3), "already longer");
}

TEST(Shortened, KeepsWithinTheColumns) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "abcde…");
  EXPECT_EQ(shortened("오차역전파", 6), "오차…") << "half a letter cannot be shown";
  EXPECT_EQ(display_width(shortened("오차역전파", 7)), 7);
  EXPECT_EQ(shortened("a\tb\x1B[31m\x7F", 20), "a?b?[31m?") << "no control reaches the terminal";
}

TEST(TableText, AlignsColumnsAndEndsNoLineInSpaces) {
  EXPECT_EQ(table_text({{"layer", "params"}, {"은닉층", "8"}, {"x", ""}}, "lr"),
            "  layer   params\n"
            "  은닉층       8\n"
            "  x\n");
  EXPECT_EQ(table_text({{"a"}, {"bb"}}, "r", 0), " a\nbb\n");
  EXPECT_EQ(table_text({}, ""), "");
}

}  // namespace
}  // namespace chainrule
