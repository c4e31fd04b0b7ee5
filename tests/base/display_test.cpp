#include "base/display.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "data/temporary_folder.h"

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
  EXPECT_EQ(shortened("a\tb\x1B[31m\x7F", 20), "a␉b␛[31m␡") << "no control reaches the terminal";
}

TEST(Visible, ShowsEveryControlCharacterAsItsPicture) {
  for (int c = 0; c < 0x80; ++c) {
    const std::string text(1, static_cast<char>(c));
    const bool is_control = c < 0x20 || c == 0x7F;
    EXPECT_EQ(visible(text) == text, !is_control) << c;
    EXPECT_EQ(visible(text).starts_with("\xE2\x90"), is_control) << "U+24xx, for " << c;
  }
  EXPECT_EQ(visible(std::string("\0\t\n\r\x1B]0;x\a\x7F", 11)), "␀␉␊␍␛]0;x␇␡");
  EXPECT_EQ(visible_lines("a\nb\r\n"), "a\nb␍\n");
}

TEST(Visible, ReplacesWhatSteersAndWhatIsNoUtf8) {
  for (const char* text :
       {"\u009B", "\u0080", "\u061C", "\u200E", "\u202A", "\u202E", "\u2066", "\u2069", "\u2028",
        "\u2029", "\uFEFF", "\uFFFF", "\U000E0041", "\x9B", "\xFF", "\xE9"})
    EXPECT_EQ(visible(std::string("a") + text + "b"), "a�b");
  EXPECT_EQ(visible("\xC0\x9B"), "��") << "ESC's cousin in two bytes, which is no UTF-8";
  EXPECT_EQ(visible("\xED\xA0\x80"), "���") << "half a pair of UTF-16";
  EXPECT_EQ(visible("\xF4\x90\x80\x80"), "����") << "beyond Unicode";
}

TEST(Visible, LeavesTextAsItIs) {
  for (const char* text : {"", "Iris-setosa", "순전파 誤差 ∂E/∂W₅ → η", "e\u0301", "👩\u200D🔬",
                           "a\u00A0b\u00AD", "…–±"})
    EXPECT_EQ(visible(text), text);
}

TEST(Visible, JsonStaysTheSameDocument) {
  const nlohmann::ordered_json json{{"a\u202Eb", "\x1B[2J\u009B2J\x7F순\U000E0041\n"}, {"n", 1.5}};
  const std::string shown = visible_json(json.dump(2));
  EXPECT_EQ(nlohmann::ordered_json::parse(shown), json);
  EXPECT_EQ(visible_lines(shown), shown);
  EXPECT_NE(shown.find("\\u009b2J\\u007f순\\udb40\\udc41"), std::string::npos) << shown;
}

// What a shell makes of a word is what was meant.
TEST(ShellWord, ComesBackFromTheShell) {
  const TemporaryFolder folder;
  for (const std::string text : {"plain", "", "with space", "it's", "$(id)`id`;|&", "a\nb",
                                 "\x1B[31m", "\u202Ex", "\xFF'\\", "순전파", "tab\there"}) {
    const std::string word = shell_word(text);
    EXPECT_EQ(visible(word), word) << "the word itself can be shown";
    folder.write("run.sh", "printf %s " + word + "\n");
    ASSERT_EQ(
        std::system(("LC_ALL=C bash '" + folder.file("run.sh") + "' >'" + folder.file("said") + "'")
                        .c_str()),
        0);
    std::ifstream said(folder.file("said"), std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(said), {}), text) << word;
  }
}

TEST(TableText, AlignsColumnsAndEndsNoLineInSpaces) {
  EXPECT_EQ(table_text({{"layer", "params"}, {"은닉층", "8"}, {"x", ""}}, "lr"),
            "  layer   params\n"
            "  은닉층       8\n"
            "  x\n");
  EXPECT_EQ(table_text({{"a"}, {"bb"}}, "r", 0), " a\nbb\n");
  EXPECT_EQ(table_text({}, ""), "");
}

TEST(AlignedNumber, HasTheDecimalsOfItsLargestNeighbour) {
  EXPECT_EQ(aligned_number(4199.3, 5280), "4199");
  EXPECT_EQ(aligned_number(0.14391, 0.155), "0.1439");
  EXPECT_EQ(aligned_number(0.0005955, 0.155), "0.0006");
  EXPECT_EQ(aligned_number(-0.00001, 0.155), "0.0000");
  EXPECT_EQ(aligned_number(-3.16, 100), "-3.2");
  EXPECT_EQ(aligned_number(196540.2, 196540.2), "196540");
  EXPECT_EQ(aligned_number(1.5e-9, 3e-9), "1.5e-09");
  EXPECT_EQ(aligned_number(0, 0), "0.000");
}

}  // namespace
}  // namespace chainrule
