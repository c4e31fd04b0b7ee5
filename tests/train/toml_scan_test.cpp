// TOML that the parser cannot take is refused before it is tried, with the place.
#include "train/network/toml_scan.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/data.h"
#include "chainrule/error.h"
#include "chainrule/run.h"
#include "data/temporary_folder.h"
#include "train/network/network_file.h"
#include "train/record/sealed_tensors.h"

namespace chainrule {
namespace {

using testing::HasSubstr;

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// "line:column what"; "" where there is no fault.
std::string fault(const std::string& text) {
  const auto found = fault_in_toml(text);
  return found ? fmt::format("{}:{} {}", found->line, found->column, found->what) : "";
}

// What reading it as a network says.
std::string refusal(const std::string& text) {
  try {
    parse_network(text, "net.toml");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

const std::string deep = "a" + repeated(".a", 200'000);

TEST(TomlDepth, KeysHaveAtMost16Parts) {
  const std::string words = "a key has more than 16 parts; shorten it";
  EXPECT_EQ(fault("a" + repeated(".a", 15) + " = 1"), "");
  EXPECT_EQ(fault("a" + repeated(".a", 16) + " = 1"), "1:32 " + words);
  EXPECT_EQ(fault("x = 1\n[" + deep + "]\n"), "2:33 " + words);
  EXPECT_EQ(fault("[[" + deep + "]]\n"), "1:34 " + words);
  EXPECT_EQ(fault("x = {" + deep + " = 1}\n"), "1:37 " + words);
  EXPECT_EQ(fault("'a'" + repeated(" . \"b.c\"", 16) + " = 1"), "1:125 " + words);
  EXPECT_EQ(fault("a" + repeated("\t.\ta", 16) + " = 1"), "1:63 " + words);
}

TEST(TomlDepth, BracketsAreAtMost16Deep) {
  const std::string words = "more than 16 brackets are open; nest less";
  EXPECT_EQ(fault("x = " + repeated("[", 16) + repeated("]", 16)), "");
  EXPECT_EQ(fault("x = " + repeated("[", 17) + repeated("]", 17)), "1:21 " + words);
  EXPECT_EQ(fault("x = " + repeated("{a = ", 17)), "1:85 " + words);
  EXPECT_EQ(fault("x = [\n" + repeated("[],\n", 1000) + "]"), "") << "beside each other";
}

TEST(TomlDepth, DotsAndBracketsInStringsAndCommentsAreNotCounted) {
  const std::string dots = repeated(".", 40), brackets = repeated("[{", 40);
  for (const std::string& inside : {dots, brackets}) {
    EXPECT_EQ(fault("# " + inside + "\nx = 1 # " + inside), "");
    EXPECT_EQ(fault("x = \"" + inside + "\\\"" + inside + "\\\\\" # \"" + inside), "");
    EXPECT_EQ(fault("x = '" + inside + "\\' # '" + inside), "") << "no escapes in these";
    EXPECT_EQ(fault("x = \"\"\"" + inside + "\n\"" + inside + "\"\"" + inside + "\\\"\"\"" +
                    inside + "\"\"\"\"\" # " + inside),
              "");
    EXPECT_EQ(fault("x = '''" + inside + "\n'" + inside + "'''''\ny = ''\n# " + inside), "");
    EXPECT_EQ(fault("\"" + inside + "\".'" + inside + "' = \"\""), "");
    EXPECT_NE(fault("x = \"\" " + inside), "") << "behind an empty string it is no string";
    EXPECT_NE(fault("x = '''a''' " + inside), "");
  }
}

TEST(TomlDepth, WhatTheParserTakesForGrantedIsLookedAt) {
  const std::string name =
      "a table's name begins with a letter, a digit, _, - or a quote, as in [loss]";
  for (const char* text : {"[=]", "[[.a]]", "[ ,", "[\n", "  [#a]", "[[[a]]]"})
    EXPECT_THAT(fault(text), HasSubstr(name)) << text;
  for (const char* text : {"[a]", "[[a]]", "[ 'a' ]", "[-]", "x = [=", "[", "[]", "[[]]"})
    EXPECT_EQ(fault(text), "") << text;
  EXPECT_EQ(fault("x = 1\ny = [1, }"), "2:9 } closes a [");
  EXPECT_EQ(fault("y = {a = 1]"), "1:11 ] closes a {");
  const std::string ascii =
      "outside of quotes and comments stands a character that is not ASCII; quote the text";
  EXPECT_EQ(fault("\"é\" = 1 # é\nx\x80 = 1"), "2:2 " + ascii);
  EXPECT_EQ(fault("\xEF\xBB\xBFx = 'é'"), "") << "a byte order mark";
}

// Each of these ended the program: by a full stack, or by an assertion of the parser's.
TEST(TomlErrors, NoTextEndsTheProgram) {
  EXPECT_EQ(refusal(deep + " = 1"),
            "net.toml:1:32: this is no TOML that can be read: a key has more than 16 parts; "
            "shorten it");
  for (const std::string& text :
       {"[" + deep + "]", "x = " + repeated("[", 200'000), "x = " + repeated("{a=", 200'000),
        std::string("[=]"), std::string("[\x80]"), std::string("x = [}"),
        std::string("x = [2020-01-01 1]"), std::string("x = [\u2028]")})
    EXPECT_THAT(refusal(text), HasSubstr("this is no TOML"));
}

// Found by fuzzing: the parser takes what follows the time for a part of it.
TEST(TomlErrors, AQuoteAfterAValueBeginsNoText) {
  const std::string rule =
      "this is no TOML that can be read: a quote stands where no text can begin";
  EXPECT_EQ(refusal("x = [2020-01-01 10:00\"\"\"\u045c\"\"\"]"), "net.toml:1:22: " + rule);
  EXPECT_EQ(refusal("x = 'a' \"b\""), "net.toml:1:9: " + rule);
  EXPECT_EQ(refusal("x = 1.'\u03ea'"), "net.toml:1:7: " + rule);
  EXPECT_EQ(refusal("x = {}.'\u03ea'"), "net.toml:1:8: " + rule);
  EXPECT_FALSE(
      fault_in_toml("\xEF\xBB\xBF\"a\" . 'b' = [\n\"c\", # \"\n'd',{e=\"f\"}]\n[\"g\"]\r\n"));
  EXPECT_FALSE(fault_in_toml("[a.'b']\nc = [{d.\"e\" = [1.5], f.'g' = {}}, 1.5]\nh.'i' = 1"));
}

// Found by fuzzing: the parser reads on behind a zero byte, as if it were a part of the value.
TEST(TomlErrors, AControlCharacterStandsNowhere) {
  const std::string rule =
      "this is no TOML that can be read: a control character stands where no text can hold one";
  EXPECT_EQ(refusal(std::string("x = 1\0\5@a.'\u03ea", 13)), "net.toml:1:6: " + rule);
  EXPECT_EQ(refusal("x = 1\ny\f= 2"), "net.toml:2:2: " + rule);
  EXPECT_EQ(refusal("x\x7f = 1"), "net.toml:1:2: " + rule);
  EXPECT_FALSE(fault_in_toml("x\t=\t1\r\n"));
}

TEST(TomlErrors, AModelFileIsReadAsCarefully) {
  const TemporaryFolder folder;
  TrainRequest request{.data = CHAINRULE_SOURCE_DIR "/data/iris.csv", .out = folder.file("run")};
  request.epochs = 1;
  request.threads = 1;
  train_run(request);
  data::TensorFile model = data::read_tensors(folder.file("run/model.safetensors"));
  for (const std::string& text : {deep + " = 1", "[" + deep + "]", std::string("[=]")}) {
    model.metadata["chainrule.network"] = text;
    seal(model);
    data::write_tensors(folder.file("deep.safetensors"), model);
    EXPECT_THAT(
        message_of<DataError>([&] { SavedRun::open(folder.file("deep.safetensors")); }, folder),
        HasSubstr("deep.safetensors:1:"));
  }
}

}  // namespace
}  // namespace chainrule
