// NPY arrays of strings: classes by name.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/array_bytes.h"
#include "data/arrays.h"
#include "data/temporary_folder.h"

namespace chainrule::data {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;

std::string words_npy(const char* type, const char* shape, std::string_view bytes) {
  return npy_of(type, shape, std::string(bytes));
}

Array words_of(const char* type, const char* shape, std::string_view bytes) {
  return parse_npy(words_npy(type, shape, bytes), "y.npy");
}

std::string said_of(const char* type, const char* shape, std::string_view bytes) {
  try {
    words_of(type, shape, bytes);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

// Each word in its row; "" for NaN.
std::vector<std::string> texts_of(const Array& array) {
  std::vector<std::string> all;
  for (const double code : values_of(array))
    all.push_back(std::isnan(code) ? "" : array.words.at(static_cast<std::size_t>(code)));
  return all;
}

Examples with_words(std::string_view eight) {
  return {Array{"x.npy", {8, 1}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}},
          words_of("|S1", "(8,)", eight)};
}

// The bytes are numpy's, of ["곰", "ox", "", "ox"] and ["🐻!", "ox"].
TEST(WordArrays, AreReadInEitherOrderOfBytes) {
  const Array little =
      words_of("<U2", "(4,)", "\xf0\xac\0\0\0\0\0\0o\0\0\0x\0\0\0\0\0\0\0\0\0\0\0o\0\0\0x\0\0\0"sv);
  EXPECT_THAT(little.words, ElementsAre("ox", "곰"));
  EXPECT_THAT(texts_of(little), ElementsAre("곰", "ox", "", "ox"));
  const Array big = words_of(">U2", "(2,)", "\0\x01\xf4\x3b\0\0\0!\0\0\0o\0\0\0x"sv);
  EXPECT_THAT(texts_of(big), ElementsAre("\U0001F43B!", "ox"));
  const Array bytes = words_of("|S3", "(3,)", "ox\0a b\xEA\xB3\xB0"sv);
  EXPECT_THAT(texts_of(bytes), ElementsAre("ox", "a b", "곰"));
  EXPECT_THAT(texts_of(words_of("|S2", "(2, 1)", "109\0"sv)), ElementsAre("10", "9"));
}

TEST(WordArrays, AreSortedAsColumnsAre) {
  EXPECT_THAT(words_of("|S2", "(4,)",
                       "10"
                       "9\0"
                       "10"
                       "-1"sv)
                  .words,
              ElementsAre("-1", "9", "10"));
  EXPECT_THAT(words_of("|S2", "(3,)", "b\0a\0B\0"sv).words, ElementsAre("B", "a", "b"));
}

TEST(WordArrays, RefuseWhatIsNoText) {
  EXPECT_EQ(said_of("|S2", "(2,)", "ok\xE9\0"sv),
            "y.npy: value 2 is not UTF-8 text; decode the strings of another encoding, as with "
            "numpy.char.decode(y, \"latin-1\")");
  for (const std::string_view code : {"\0\xD8\0\0"sv, "\0\0\x11\0"sv, "\xFF\xFF\xFF\xFF"sv})
    EXPECT_THAT(said_of("<U1", "(1,)", code), testing::HasSubstr("value 1 is not UTF-8 text"));
  EXPECT_THAT(said_of("|S3", "(1,)", "a\0b"sv), testing::HasSubstr("is not UTF-8 text"));
  EXPECT_EQ(said_of("<U3", "(2,)", "abcd"),
            "y.npy: ends too early: its header promises 2 values, 0 are there; fetch the file "
            "again");
  EXPECT_EQ(said_of("|S2", "(2,)", "abcde"),
            "y.npy: has 1 bytes after its last value; save the array again");
}

TEST(WordArrays, NameClasses) {
  const Source source{with_words("bab\0abab"sv), {}};
  const Target target = decide_target(source);
  EXPECT_EQ(target.task, Task::classification);
  EXPECT_EQ(target.reason.en, "text");
  EXPECT_THAT(target.classes, ElementsAre("a", "b"));
  EXPECT_THAT(target.class_of, ElementsAre(1, 0, 1, -1, 0, 1, 0, 1));
  EXPECT_EQ(target.left_out, 1);
  // Words that are numbers are names all the same.
  EXPECT_EQ(decide_target({with_words("12345678"), {}}, {}).task, Task::classification);

  const std::vector<std::int64_t> rows{0, 1, 2, 4};
  const Encoder encoder = Encoder::fit(source, target, rows);
  EXPECT_EQ(encoder.encode(with_words("aabbaabb")).class_of(2), 1);
  EXPECT_EQ(encoder.encode(with_words("a\0bbaabb"sv)).class_of(1), -1);
  EXPECT_EQ(Encoder::from_json(encoder.to_json(), "m").to_json(), encoder.to_json());
}

template <class Error, class Action>
std::string refused_with(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(WordArrays, RefuseWhatDoesNotFit) {
  const Source source{with_words("babaabab"), {}};
  EXPECT_EQ(refused_with<DataError>([&] { decide_target(source, {.task = Task::regression}); }),
            "y.npy: the target holds text such as \"b\"; regression needs numbers: choose another "
            "target, or classification");
  EXPECT_EQ(refused_with<DataError>([&] {
              decide_target({with_words("aaaaaaaa"), {}});
            }),
            "y.npy: the target holds one class only, \"a\"; a classification needs two or more");
  EXPECT_EQ(refused_with<DataError>([&] {
              decide_target({with_words(std::string_view("\0\0\0\0\0\0\0\0", 8)), {}});
            }),
            "y.npy: the target has no value in any row; choose another target");
  const std::vector<std::int64_t> rows{0, 1, 2, 3};
  const Encoder encoder = Encoder::fit(source, decide_target(source), rows);
  EXPECT_EQ(refused_with<DataError>([&] { encoder.encode(with_words("cccaabac")); }),
            "y.npy: \"c\" is not a class of the model; did you mean \"a\"?");
  Examples numbers = with_words("babaabab");
  numbers.targets = Array{"n.npy", {8}, std::vector<double>{.1, .2, .3, .4, .5, .6, .7, .8}};
  const Source of_numbers{numbers, {}};
  const Encoder regression = Encoder::fit(of_numbers, decide_target(of_numbers), rows);
  EXPECT_EQ(refused_with<DataError>([&] { regression.encode(with_words("babaabab")); }),
            "y.npy: holds text such as \"a\", and the model was trained on numbers; give numbers");

  Examples pairs = with_words("babaabab");
  pairs.features.shape = {4, 2};
  pairs.targets->shape = {4, 2};
  EXPECT_EQ(refused_with<DataError>([&] {
              decide_target({pairs, {}});
            }),
            "y.npy: has shape [4, 2]; classification needs one class per row");
  Examples wrong = with_words("babaabab");
  std::get<2>(wrong.targets->values)[2] = 2;
  EXPECT_EQ(refused_with<UsageError>([&] {
              decide_target({wrong, {}});
            }),
            "array \"y.npy\": value 3 is 2, and there are 2 words; give NaN for a missing one, or "
            "a place among them");
}

TEST(WordArrays, AreNoFeatures) {
  const TemporaryFolder folder;
  folder.write("X.npy", words_npy("|S1", "(2, 2)", "abcd"));
  folder.write("y.npy", words_npy("|S1", "(2,)", "ab"));
  EXPECT_EQ(message_of<DataError>([&] { open(folder.path()); }, folder),
            "X.npy: holds text such as \"a\"; features are numbers: convert them with "
            "astype(\"float32\"), or give a table as CSV");
}

}  // namespace
}  // namespace chainrule::data
