// Text columns: which ones they are, and what becomes of their words.
#include <numeric>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "data/csv.h"
#include "data/text_words.h"
#include "data/typed_row.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(TextWords, StandBetweenSpacesAndPunctuationInLowerCase) {
  EXPECT_THAT(words_of("Don't panic: it's 42%, mostly-harmless!"),
              ElementsAre("don't", "panic", "it's", "42", "mostly", "harmless"));
  EXPECT_THAT(words_of("Das \u00C4rgernis \u00ABheute\u00BB, \u041C\u043E\u0441\u043A\u0432\u0430 "
                       "\u2014 \u0391\u03B8\u03AE\u03BD\u03B1"),
              ElementsAre("das", "\u00E4rgernis", "heute", "\u043C\u043E\u0441\u043A\u0432\u0430",
                          "\u03B1\u03B8\u03AE\u03BD\u03B1"));
  EXPECT_THAT(words_of("배송이 빠르고, 아주 좋아요~"),
              ElementsAre("배송이", "빠르고", "아주", "좋아요"));
  EXPECT_THAT(words_of("良い、とても。"), ElementsAre("良い", "とても"));
  EXPECT_THAT(words_of("'quoted' don\u2019t"), ElementsAre("quoted", "don't"));
  EXPECT_THAT(words_of(" .,;! "), IsEmpty());
}

// A stem in two forms has pieces in common.
TEST(TextWords, HavePiecesOfTwoOrThreeLetters) {
  EXPECT_THAT(pieces_of("plays"), ElementsAre("<pl", "pla", "lay", "ays", "ys>"));
  EXPECT_THAT(pieces_of("좋아요"), ElementsAre("좋아", "아요"));
  EXPECT_THAT(pieces_of("\u00FCber"), ElementsAre("<\u00FC"
                                                  "b",
                                                  "\u00FC"
                                                  "be",
                                                  "ber", "er>"));
  EXPECT_THAT(pieces_of("a"), IsEmpty()) << "the word itself is one";
  EXPECT_THAT(pieces_of("좋아"), IsEmpty());
}

TEST(TextIds, AreThoseOfWordsThenPairsThenPiecesEachOnce) {
  TextIds ids(1 << 20);
  const std::vector<std::int32_t> all = ids.of("go far go far", 100);
  // go, far; go far, far go; <go, go>, <fa, far, ar>
  ASSERT_EQ(all.size(), 9U);
  const std::vector<std::int32_t> some = ids.of("Go far, go far.", 3);
  EXPECT_THAT(some, ElementsAre(all[0], all[1], all[2]));
  EXPECT_THAT(ids.of("far", 1), ElementsAre(all[1]));
  EXPECT_THAT(ids.of("", 5), IsEmpty());
  EXPECT_EQ(ids.of("far off go far", 100)[4 + 2 - 1], all[2]) << "the pair \"go far\"";
  EXPECT_GT(std::ranges::min(all), 0);
  TextIds few(4);
  EXPECT_THAT(few.of("so many words that four buckets are too few", 100),
              testing::UnorderedElementsAre(1, 2, 3, 4));
}

// Runs on any machine and years later must read the same ids: they are in saved models.
TEST(TextIds, AreTheSameForEver) {
  EXPECT_THAT(TextIds(8192).of("Great phone", 3), ElementsAre(3013, 3674, 4166));
}

std::string made_up(RandomStream& random, const std::vector<std::string>& words, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + words[random.below(words.size())];
  return text;
}

const std::vector<std::string> english{"the", "phone", "was",   "really", "bad", "and",   "slow",
                                       "I",   "would", "never", "buy",    "it",  "again", "good"};
const std::vector<std::string> korean{"배송이", "정말",   "빠르고", "화면이",     "좋지",
                                      "않아요", "다시는", "아주",   "만족합니다", "제품은"};

// A table of such texts beside a number and a class.
Source table_of(const std::function<std::string(int)>& text, int rows = 200,
                const CsvOptions& options = {}) {
  std::string csv = "n,t,y\n";
  for (int row = 0; row < rows; ++row)
    csv += fmt::format("{},\"{}\",{}\n", row * 7919 % 31, text(row), row % 2 == 0 ? "a" : "b");
  return {parse_csv(csv, "f.csv", options)};
}

Encoder fitted(const Source& source, const EncodeOptions& options = {}) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(std::get<Table>(source.main).rows));
  std::iota(rows.begin(), rows.end(), 0);
  return Encoder::fit(source, decide_target(source), rows, options);
}

std::string kind_of(const std::function<std::string(int)>& text, int rows = 200,
                    const CsvOptions& options = {}) {
  const Encoder encoder = fitted(table_of(text, rows, options));
  const ColumnReport& line = encoder.report().at(1);
  return line.treatment.en.starts_with("left out") ? "left out" : line.kind.en;
}

TEST(TextColumns, AreSentencesThatDiffer) {
  RandomStream random(1, 1);
  EXPECT_EQ(kind_of([&](int) { return made_up(random, english, 9); }), "text");
  EXPECT_EQ(kind_of([&](int) { return made_up(random, korean, 5); }), "text");
  EXPECT_EQ(kind_of([&](int i) { return i % 9 == 0 ? "" : made_up(random, english, 4 + i % 20); }),
            "text")
      << "of some length, and missing now and then";
  const auto one_of_120 = [&](int i) {
    return fmt::format("{} they came by boat to the island", std::string(1 + i % 120 / 10, 'a')) +
           std::string(1, static_cast<char>('a' + i % 10));
  };
  EXPECT_EQ(kind_of(one_of_120, 2000), "text") << "more than categories get features";
}

TEST(TextColumns, AreNotNamesAddressesKeysOrLists) {
  RandomStream random(1, 2);
  const std::vector<std::string> names{"Braund",  "Owen", "Mr",   "Harris",
                                       "Cumings", "John", "Laina"};
  const auto made_name = [&](int i) {
    return made_up(random, names, 4) + fmt::format(", {}", std::string(1 + i % 3, 'B'));
  };
  EXPECT_EQ(kind_of(made_name), "left out");
  EXPECT_EQ(
      kind_of([&](int i) { return fmt::format("{} Long Street, Springfield, IL 6{}", i, i * 37); }),
      "left out");
  EXPECT_EQ(
      kind_of([&](int i) { return fmt::format("서울특별시 강남구 테헤란로 {}길 {}", i, i * 3); }),
      "left out");
  EXPECT_EQ(kind_of([&](int i) { return fmt::format("https://example.org/a/b-c/{}", i); }),
            "left out");
  EXPECT_EQ(kind_of([&](int i) { return fmt::format("/usr/share/some path/{} of it", i); }),
            "left out");
  EXPECT_EQ(
      kind_of([&](int i) { return fmt::format("{} {} {} {} {} {}", i, i * 3, i % 7, 9, 2, i); }),
      "left out");
  EXPECT_EQ(kind_of([&](int i) { return fmt::format("somebody{}@example.org", i); }), "left out");
  EXPECT_EQ(
      kind_of([&](int i) { return i % 3 == 0 ? "did not answer the call at all" : "was there"; }),
      "categorical")
      << "few distinct ones are categories, whatever they are";
  EXPECT_EQ(kind_of([&](int i) { return made_up(random, english, 9) + std::to_string(i); }, 40),
            "categorical")
      << "of few rows nobody can tell";
}

TEST(TextColumns, AreWhatTheUserSays) {
  const auto title = [](int i) { return fmt::format("Big Box {}", std::string(1 + i % 60, 'X')); };
  EXPECT_EQ(kind_of(title), "categorical");
  EXPECT_EQ(kind_of(title, 200, {.texts = {"t"}}), "text");
  RandomStream random(1, 3);
  const auto sentence = [&](int) { return made_up(random, english, 9); };
  EXPECT_EQ(kind_of(sentence, 200, {.categorical = {"t"}}), "left out") << "as any name of a row";
  EXPECT_EQ(kind_of([](int i) { return std::to_string(i % 50); }, 200, {.texts = {"t"}}), "text")
      << "of numbers, too";
  EXPECT_THROW(kind_of(sentence, 9, {.texts = {"nix"}}), UsageError);
}

// Where a column of words is left out, the way to use them is told.
TEST(TextColumns, AreHintedAt) {
  const Encoder encoder =
      fitted(table_of([](int i) { return fmt::format("Mr. Owen {}", std::string(1 + i, 'X')); }));
  EXPECT_THAT(chainrule::english(encoder.doubts()),
              testing::Contains(
                  HasSubstr("like an identifier; left out; if its words matter: --type t=text")));
}

std::vector<float> row_of(const Dataset& data, std::int64_t row) {
  std::vector<float> features(static_cast<std::size_t>(data.width()));
  data.gather(std::vector{row}, features.data(), nullptr);
  return features;
}

TEST(TextColumns, BecomeTheIdsOfTheirWords) {
  RandomStream random(1, 4);
  std::vector<std::string> texts;
  const Source source = table_of([&](int i) {
    texts.push_back(i == 3   ? ""
                    : i == 4 ? "N/A"
                    : i == 5 ? "!!!"
                             : made_up(random, english, 2 + i % 9));
    return texts.back();
  });
  const Encoder learnt = fitted(source, {.scaling = Scaling::none});
  const Encoder encoder = Encoder::from_json(learnt.to_json(), "m");
  EXPECT_EQ(encoder.to_json(), learnt.to_json());
  const ColumnEncoding& how = encoder.columns().at(1);
  ASSERT_EQ(how.kind, ColumnKind::text);
  EXPECT_TRUE(how.missing_feature);
  EXPECT_EQ(learnt.report()[1].kind.en, "text");
  EXPECT_THAT(learnt.report()[1].treatment,
              HasSubstr(fmt::format("up to {} in a row, in {} buckets; a column for missing",
                                    how.slots, how.buckets)));
  ASSERT_EQ(encoder.text_features().size(), 1U);
  EXPECT_EQ(encoder.text_features()[0].first, 1);
  EXPECT_THAT(encoder.number_features(), ElementsAre(0));
  EXPECT_EQ(encoder.feature_name(2), "t word 2");
  EXPECT_EQ(encoder.feature_name(1 + how.slots), "t missing");
  const Dataset data = encoder.encode(std::get<Table>(source.main));
  TextIds ids(how.buckets), fine_ids(1 << 20);
  std::size_t longest = 0;
  const auto text_of = [](const Dataset& from, std::int64_t row) {
    const std::vector<float> all = row_of(from, row);
    return std::vector<float>(all.begin() + 1, all.end());
  };
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool is_missing = i == 3 || i == 4;
    std::vector<float> expected;
    if (!is_missing)
      for (const std::int32_t id : ids.of(texts[i], 1000))
        expected.push_back(static_cast<float>(id));
    longest = std::max(longest, fine_ids.of(texts[i], 1000).size());
    expected.resize(static_cast<std::size_t>(how.slots));
    expected.push_back(is_missing ? 1 : 0);
    EXPECT_EQ(text_of(data, static_cast<std::int64_t>(i)), expected) << texts[i];
  }
  EXPECT_EQ(how.slots, static_cast<std::int64_t>(longest));
  EXPECT_EQ(data.text(0, "t"), "\"" + texts[0] + "\"");
  EXPECT_EQ(data.text(3, "t"), "");
  EXPECT_EQ(data.text(0, "n"), "") << "a number's column";
  const std::vector<TypedField> fields{{"t", texts[0]}};
  EXPECT_EQ(text_of(encoder.encode(typed_row(encoder, fields), false), 0), text_of(data, 0));
}

// A column of a new file may be empty, or hold numbers alone; a text may be longer than any before.
TEST(TextColumns, TakeWhatNewFilesHave) {
  RandomStream random(1, 5);
  const Encoder encoder = fitted(table_of([&](int) { return made_up(random, english, 6); }));
  const std::int64_t slots = encoder.columns()[1].slots;
  const auto encoded = [&](const std::string& csv) {
    return encoder.encode(
        parse_csv(csv, "g.csv", {.expected_columns = {{"t", {.kind = ColumnKind::categorical}}}}),
        false);
  };
  EXPECT_THAT(chainrule::english(encoded("n,t\n1,\n2,\n").notes()),
              ElementsAre("column \"t\": 2 of 2 rows have no value, which no training row lacked"));
  EXPECT_GT(row_of(encoded("n,t\n1,17\n2,18\n"), 0)[1], 0);
  const Dataset longer =
      encoded("n,t\n1," + made_up(random, {"w", "ww", "www", "x", "xx", "xxx", "y"}, 500) + "\n");
  EXPECT_EQ(longer.width(), slots + 1);
  EXPECT_GT(row_of(longer, 0)[static_cast<std::size_t>(slots)], 0);
}

TEST(TextColumns, OfDamagedModelsAreRefused) {
  RandomStream random(1, 6);
  const std::string json =
      fitted(table_of([&](int) { return made_up(random, english, 6); })).to_json();
  const auto with = [&](const std::string& key, const std::string& value) {
    std::string changed = json;
    const std::size_t at = changed.find("\"" + key + "\":") + key.size() + 3;
    changed.replace(at, changed.find_first_of(",}", at) - at, value);
    return changed;
  };
  EXPECT_NO_THROW(Encoder::from_json(with("slots", "9"), "m"));
  for (const char* key : {"slots", "buckets"})
    for (const char* value : {"0", "-1", "1e3", "17000000", "\"9\"", "null"})
      EXPECT_THROW(Encoder::from_json(with(key, value), "m"), DataError) << key << " " << value;
}

}  // namespace
}  // namespace chainrule::data
