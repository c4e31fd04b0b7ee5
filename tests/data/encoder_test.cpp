#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/csv.h"
#include "data/temporary_folder.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

Source table(std::string_view text, const CsvOptions& options = {}) {
  return {parse_csv(text, "f.csv", options), {}};
}

std::vector<std::int64_t> first_rows(std::int64_t count) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

// Encoder learnt from the first `training` rows.
Encoder learn(const Source& source, std::int64_t training, const TargetOptions& target = {},
              const EncodeOptions& options = {}) {
  return Encoder::fit(source, decide_target(source, target), first_rows(training), options);
}

std::vector<float> features(const Dataset& data, std::int64_t row) {
  std::vector<float> x(static_cast<std::size_t>(data.width()));
  data.gather(std::vector{row}, x.data(), nullptr);
  return x;
}

std::vector<float> target_of(const Dataset& data, std::int64_t row) {
  std::vector<float> x(static_cast<std::size_t>(data.width())),
      y(static_cast<std::size_t>(data.outputs()));
  data.gather(std::vector{row}, x.data(), y.data());
  return y;
}

template <class Error = DataError, class Action>
std::string refusal_by(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Encoder, StandardisesByTheTrainingRowsOnly) {
  const Source source = table("x,c,y\n1,5,a\n3,5,b\n1000,9,a\n");
  const Encoder encoder = learn(source, 2);
  const Dataset data = encoder.encode(std::get<Table>(source.main));
  EXPECT_THAT(features(data, 0), ElementsAre(-1, 0));  // mean 2, deviation 1; c is constant
  EXPECT_THAT(features(data, 1), ElementsAre(1, 0));
  EXPECT_THAT(features(data, 2), ElementsAre(998, 0));
  EXPECT_THAT(target_of(data, 1), ElementsAre(0, 1));
  EXPECT_EQ(data.class_of(2), 0);
  EXPECT_EQ(data.place(2).line, 4);
}

TEST(Encoder, FillsMissingNumbersWithTheMedianAndSaysSo) {
  const Source source = table("x,z,y\n1,1,a\n3,2,b\n,4,a\n8,3,b\n5,,a\n");
  const Encoder encoder = learn(source, 4, {}, {.scaling = Scaling::none});
  const Dataset data = encoder.encode(std::get<Table>(source.main));
  EXPECT_THAT(features(data, 2), ElementsAre(3, 1, 4))
      << "median of 1, 3, 8, and the missing feature";
  EXPECT_THAT(features(data, 4), ElementsAre(5, 0, 2.5)) << "z was never missing in training";
  EXPECT_EQ(encoder.feature_name(1), "x missing");
  EXPECT_EQ(encoder.report()[0].treatment.en,
            "as it is, missing as median 3 and a column that says so");
}

TEST(Encoder, GivesEveryCategoryAFeature) {
  const Source source = table("k,y\nred,1\nblue,0\n,1\ngreen,0\n");
  const Encoder encoder = learn(source, 3);
  const Dataset data = encoder.encode(std::get<Table>(source.main));
  EXPECT_THAT(features(data, 0), ElementsAre(0, 1, 0));
  EXPECT_THAT(features(data, 1), ElementsAre(1, 0, 0));
  EXPECT_THAT(features(data, 2), ElementsAre(0, 0, 1));
  EXPECT_THAT(features(data, 3), ElementsAre(0, 0, 0)) << "green is not in the training rows";
  EXPECT_EQ(encoder.feature_name(1), "k=red");
  EXPECT_EQ(encoder.feature_name(2), "k missing");
}

TEST(Encoder, ReturnsPredictionsInTheTargetsUnits) {
  const Source source = table("x,y\n1,10.5\n2,20.5\n3,30.5\n4,1000.5\n");
  const Encoder encoder = learn(source, 3);
  const Dataset data = encoder.encode(std::get<Table>(source.main));
  EXPECT_THAT(target_of(data, 1), ElementsAre(0));
  for (std::int64_t row = 0; row < 4; ++row)
    EXPECT_NEAR(encoder.in_target_units(target_of(data, row)[0]),
                std::get<Table>(source.main).columns[1].numbers[static_cast<std::size_t>(row)],
                1e-3);
}

TEST(Encoder, LeavesOutColumnsThatCannotHelp) {
  std::string text = "id,name,empty,x,y\n";
  for (int i = 0; i < 60; ++i) text += fmt::format("{},n{},,{},{}\n", i + 1, i, i * i % 13, i % 2);
  const Source source = table(text);
  const Encoder encoder = learn(source, 55);
  ASSERT_EQ(encoder.columns().size(), 1u);
  EXPECT_EQ(encoder.columns()[0].name, "x");
  EXPECT_THAT(
      english(encoder.doubts()),
      ElementsAre("column \"id\" only counts the rows; left out",
                  "column \"name\" has another text in 55 of 55 rows, like an identifier; left out",
                  "column \"empty\" has no value in the training rows; left out"));
  EXPECT_EQ(learn(source, 55, {}, {.keep = {"id"}}).columns().size(), 2u);
  EXPECT_EQ(refusal_by([&] { learn(source, 55, {}, {.drop = {"x"}}); }),
            "f.csv: no column is left to learn from beside the target \"y\": column \"id\" only "
            "counts the rows; column \"name\" has another text in 55 of 55 rows, like an "
            "identifier; column \"empty\" has no value in the training rows; add columns, or keep "
            "one that was left out, with --keep");
  EXPECT_EQ(refusal_by<UsageError>([&] { learn(source, 55, {}, {.drop = {"nmae"}}); }),
            "drop: f.csv has no column \"nmae\"; did you mean \"name\"?");
}

TEST(Encoder, KnowsIdentifiersInAnyOrder) {
  const auto left_out = [](const std::string& name, const std::function<double(int)>& number) {
    std::string text = name + ",x,y\n";
    for (int i = 0; i < 60; ++i) text += fmt::format("{},{},{}\n", number(i), i * i % 13, i % 2);
    return learn(table(text), 55).columns().size() == 1;
  };
  EXPECT_TRUE(left_out("n", [](int i) { return i * 7 % 60 + 100; })) << "shuffled";
  EXPECT_TRUE(left_out("n", [](int i) { return 500 - i; })) << "descending";
  for (const char* name : {"id", "ID", "customer_id", "Customer Id", "customerId", "번호"})
    EXPECT_TRUE(left_out(name, [](int i) { return 1000 + i * i; })) << name << " with gaps";
  EXPECT_FALSE(left_out("COVID", [](int i) { return 1000 + i * i; }));
  EXPECT_FALSE(left_out("paid", [](int i) { return 1000 + i * i; })) << "a measurement";
  EXPECT_FALSE(left_out("id", [](int i) { return 1000 + i / 2; })) << "comes again";
  EXPECT_FALSE(left_out("id", [](int i) { return 0.5 + i * i; })) << "no whole numbers";
}

TEST(Encoder, LimitsTheCategoriesOfOneColumn) {
  std::string text = "k,y\n";
  for (int i = 0; i < 600; ++i) text += fmt::format("k{},{}\n", i < 300 ? i : i % 150, i % 2);
  const Encoder encoder = learn(table(text), 600);
  ASSERT_EQ(encoder.width(), 101);
  EXPECT_EQ(encoder.feature_name(100), "k other");
  const Dataset data = encoder.encode(parse_csv("k,y\nk0,0\nk299,0\nk-1,0\n", "g.csv"));
  EXPECT_EQ(features(data, 0)[100], 0);
  EXPECT_EQ(features(data, 1)[100], 1) << "rare";
  EXPECT_EQ(features(data, 2)[100], 1) << "never seen";
}

TEST(Encoder, TurnsDatesIntoTheirParts) {
  std::string text = "when,at,y\n";  // a Monday, 2024-01-01, and the days after it
  for (int i = 0; i < 8; ++i)
    text += fmt::format("2024-01-0{},0{}:00,{}\n", i + 1, 3 * i % 8, i % 2);
  const Source source = table(text);
  const Encoder encoder = learn(source, 8);
  const Dataset data = encoder.encode(std::get<Table>(source.main));
  ASSERT_EQ(encoder.width(), 5 + 2);
  EXPECT_EQ(encoder.feature_name(1), "when year (sin)");
  EXPECT_EQ(encoder.feature_name(4), "when week (cos)");
  EXPECT_EQ(encoder.feature_name(6), "at day (cos)");
  const double turn = 2 * std::acos(-1.0);
  for (int row = 0; row < 8; ++row) {
    const std::vector<float> x = features(data, row);
    EXPECT_NEAR(x[0], (row - 3.5) / std::sqrt(5.25), 1e-6);  // deviation of 0 .. 7
    EXPECT_NEAR(x[1], std::sin(turn * row / 366), 1e-6);
    EXPECT_NEAR(x[3], std::sin(turn * row / 7), 1e-6);
    EXPECT_NEAR(x[4], std::cos(turn * row / 7), 1e-6);
    EXPECT_NEAR(x[5], std::sin(turn * (3 * row % 8) / 24), 1e-6);
  }
  const Encoder again = Encoder::from_json(encoder.to_json(), "m");
  EXPECT_EQ(again.to_json(), encoder.to_json());
  EXPECT_EQ(again.columns()[0].order, DateOrder::year_month_day);
}

TEST(Encoder, TellsWhatTrainingDidNotHave) {
  const Encoder encoder = learn(table("k,x,d,y\na,1,2024-01-01,1\nb,2,2024-01-03,2\n"), 2);
  const auto notes = [&](std::string_view text) {
    return english(encoder.encode(parse_csv(text, "g.csv", {.categorical = {"k"}}), false).notes());
  };
  EXPECT_THAT(notes("k,x,d\na,1.5,2024-01-02\nb,2.05,2024-01-03\n"), testing::IsEmpty())
      << "a little beyond the range is no news";
  EXPECT_THAT(
      notes("k,x,d\nc,9,2025-01-02\n,,\nc,1,2024-01-02\nd,1,2024-01-02\n"),
      ElementsAre(
          "column \"k\": 3 of 4 rows hold a value that training never saw (\"c\", \"d\"); "
          "1 of 4 rows has no value, which no training row lacked",
          "column \"x\": 1 of 4 rows lies outside of training's 1 .. 2 (\"9\"); 1 of 4 rows "
          "has no value, which no training row lacked",
          "column \"d\": 1 of 4 rows lies outside of training's 2024-01-01 .. 2024-01-03 "
          "(\"2025-01-02\"); 1 of 4 rows has no value, which no training row lacked"));
}

TEST(Encoder, TellsRareCategoriesFromThoseNeverSeen) {
  std::string text = "k,y\n";
  for (int i = 0; i < 600; ++i) text += fmt::format("w{},{}\n", i < 300 ? i % 100 : i % 150, i % 7);
  const Encoder learnt = learn(table(text), 600);
  const Encoder encoder = Encoder::from_json(learnt.to_json(), "m");
  EXPECT_EQ(encoder.columns()[0].rare.size(), 50u);
  EXPECT_THAT(
      english(encoder.encode(parse_csv("k\nw149\nw0\nnew\nold\nnew\n", "g.csv"), false).notes()),
      ElementsAre("column \"k\": 3 of 5 rows hold a value that training never saw "
                  "(\"new\", \"old\"), taken as one of the rare ones"));
}

TEST(Encoder, DoubtsWhatMayMeanSomethingElse) {
  std::string text = "s,leak,y\n";
  for (int i = 0; i < 200; ++i)
    text += fmt::format("{},{},{}\n", i % 20 == 0 ? -999 : i % 17, i * 7919 % 2 * 10 + i % 5,
                        i * 7919 % 2);
  const Encoder encoder = learn(table(text), 200);
  EXPECT_THAT(english(encoder.doubts()),
              ElementsAre("column \"s\": 10 rows hold -999, far from all others; if it means "
                          "missing: --missing -999"));
  EXPECT_THAT(english(encoder.notes()),
              ElementsAre("column \"leak\" alone tells the target of 100.0% of the rows: is it "
                          "known before the target is?"));
}

TEST(Encoder, HintsAtTwinsAndCounts) {
  std::string text = "k,y\n";
  for (int i = 0; i < 60; ++i)
    text += fmt::format("{},{}\n", i % 3 == 0 ? "red" : i % 3 == 1 ? "Red" : "blue", i % 7);
  const Encoder encoder = learn(table(text), 60);
  EXPECT_THAT(english(encoder.doubts()),
              ElementsAre("column \"k\": \"Red\" and \"red\" are taken for two"));
  EXPECT_THAT(english(encoder.notes()),
              ElementsAre(testing::StartsWith("the 7 classes of \"y\" are numbers")));
}

TEST(Prepared, CountsTestRowsThatStandInTraining) {
  std::string text = "a,b,y\n";
  for (int i = 0; i < 100; ++i) text += fmt::format("{},{},{}\n", i % 10, i % 10 * 3, i % 2);
  const Prepared copies = prepare(table(text));
  ASSERT_EQ(copies.notes.size(), 1u);
  EXPECT_THAT(copies.notes[0].en,
              testing::StartsWith("20 of the 20 test rows stand among the training rows as well"));
  text = "a,b,y\n";
  for (int i = 0; i < 100; ++i) text += fmt::format("{},{},{}\n", i, i % 10 * 3, i % 2);
  EXPECT_THAT(prepare(table(text), {.encode = {.keep = {"a"}}}).notes, testing::IsEmpty());
}

TEST(Encoder, ReadsTheSameColumnsOfAnotherFile) {
  const Encoder encoder = learn(table("x,k,y\n1,7,a\n3,8,b\n", {.categorical = {"k"}}), 2);
  const auto encode = [&](std::string_view text, bool with_targets) {
    return encoder.encode(parse_csv(text, "g.csv"), with_targets);
  };
  // Another order, an extra column, no target; k happens to be numeric here.
  EXPECT_THAT(features(encode("k,extra,x\n8.0,0,3\n", false), 0), ElementsAre(1, 0, 1));
  EXPECT_FALSE(encode("k,x\n8,3\n", false).has_targets());
  EXPECT_EQ(refusal_by([&] { encode("kk,x\n8,3\n", false); }),
            "g.csv: has no column \"k\", which the model needs as an input; did you mean \"kk\"?");
  EXPECT_EQ(refusal_by([&] { encode("k,x\n8,3\n", true); }),
            "g.csv: has no column \"y\", which the model needs as the target; did you mean \"k\"?");
  EXPECT_EQ(refusal_by([&] { encode("k,x,y\n8,3,a\n8,3,c\n", true); }),
            "g.csv:3:3: \"c\" is not a class of the model; did you mean \"a\"?");
  EXPECT_EQ(refusal_by([&] { encode("k,x\n8,3\n8,many\n", false); }),
            "g.csv:3:2: column \"x\": \"many\" is not a number, and the model was trained on "
            "numbers there; "
            "mend it, or leave the field empty if it is missing");
  EXPECT_EQ(
      refusal_by([&] { encode("k,x\n8,3\n8,1e300\n", false); }),
      "g.csv:3:2: column \"x\": 1e+300 is too large for float32 here; mend it, use other units, or "
      "scale the data");
}

TEST(Encoder, DescribesThePenguins) {
  const std::string path = std::string(CHAINRULE_SOURCE_DIR) + "/data/penguins.csv";
  const Prepared penguins = prepare(path, {.target = {.column = "species"}, .split = {.seed = 1}});
  EXPECT_EQ(penguins.train.size() + penguins.validation.size() + penguins.test.size(), 344);
  EXPECT_EQ(penguins.test.size(), 69);
  EXPECT_THAT(penguins.encoder.target().classes, ElementsAre("Adelie", "Chinstrap", "Gentoo"));
  const auto& report = penguins.encoder.report();
  ASSERT_EQ(report.size(), 7u);
  EXPECT_EQ(report[0].treatment.en, "target: 3 classes");
  EXPECT_EQ(report[2].kind.en, "numeric");
  EXPECT_EQ(report[2].missing, 2);
  EXPECT_EQ(report[2].values.en, "32.1 .. 59.6");
  EXPECT_EQ(report[6].values.en, "2 distinct");
  EXPECT_EQ(report[6].missing, 11);
}

TEST(Encoder, MakesStandardFeaturesOfEveryTable) {
  for (const char* name : {"iris", "wine", "diabetes", "digits", "penguins"}) {
    const Prepared all = prepare(fmt::format("{}/data/{}.csv", CHAINRULE_SOURCE_DIR, name), {});
    const auto width = static_cast<std::size_t>(all.encoder.width());
    std::vector<float> x(width * all.train.rows.size());
    all.train.data->gather(all.train.rows, x.data(), nullptr);
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); i += width) sum += x[i];
    if (all.encoder.columns()[0].kind == ColumnKind::numeric) {
      EXPECT_NEAR(sum / static_cast<double>(all.train.size()), 0, 1e-5) << name;
    }
    for (const float value : x) ASSERT_TRUE(std::isfinite(value)) << name;
  }
}

// ---- Whole numbers that double does not hold ---------------------------------------------------

constexpr const char* long_labels =
    "x,label\n1,9007199254740992\n2,9007199254740993\n3,9007199254740992\n4,9007199254740993\n";

TEST(Target, KeepsLabelsApartThatDoubleWouldMerge) {
  const CsvOptions as_numbers{.numeric = {"label"}};
  EXPECT_EQ(refusal_by([&] { decide_target(table(long_labels, as_numbers)); }),
            "f.csv:3:2: column \"label\": \"9007199254740993\" is a whole number that double does "
            "not hold, so that two classes might become one; train with the column as text: "
            "--categorical label");
  const Source source = table(long_labels);
  const Target target = decide_target(source);
  EXPECT_THAT(target.classes, ElementsAre("9007199254740992", "9007199254740993"));
  EXPECT_THAT(target.class_of, ElementsAre(0, 1, 0, 1));
  const Encoder encoder = Encoder::fit(source, target, first_rows(4));
  EXPECT_EQ(encoder.encode(std::get<Table>(source.main)).class_of(3), 1);
  // As numbers they cannot be told any more.
  EXPECT_EQ(
      refusal_by([&] { encoder.encode(std::get<Table>(table(long_labels, as_numbers).main)); }),
      "f.csv:3:2: column \"label\": \"9007199254740993\" is a whole number that double does "
      "not hold, so its class cannot be told; read the column as text (categorical)");
}

TEST(Encoder, SaysWhichColumnsWereRounded) {
  const Source source = table("id,y\n9007199254740993,1.5\n7,2.5\n9,3.5\n");
  const Encoder encoder = learn(source, 3);
  EXPECT_THAT(english(encoder.doubts()),
              ElementsAre("column \"id\" holds whole numbers beyond 2^53, such as "
                          "\"9007199254740993\" in line 2, which are rounded; if they are names, "
                          "take them as text: --categorical id"));
}

TEST(Encoder, TellsTextsApartThatAreOneNumber) {
  const Source source = table("k,y\n1e400,1.5\n1e500,2.5\n1e400,3.5\n", {.categorical = {"k"}});
  const Encoder encoder = learn(source, 3);
  const Dataset data = encoder.encode(
      std::get<Table>(table("k\n1e500\n1e600\n1e400\n", {.categorical = {"k"}}).main), false);
  EXPECT_THAT(features(data, 0), ElementsAre(0, 1));
  EXPECT_THAT(features(data, 1), ElementsAre(0, 0)) << "1e600 was never seen";
  EXPECT_THAT(features(data, 2), ElementsAre(1, 0));
}

TEST(Encoder, EncodesATableThatIsGivenAwayAlike) {
  const Source source = table("x,k,z,y\n1,a,,0.5\n,b,7,1.5\n3,,9,2.5\n4,a,1,3.5\n");
  const Encoder encoder = learn(source, 3);
  const Dataset kept = encoder.encode(std::get<Table>(source.main));
  Table mine = std::get<Table>(source.main);
  const Dataset given = encoder.encode(std::move(mine));
  for (std::int64_t row = 0; row < 4; ++row) {
    EXPECT_EQ(features(given, row), features(kept, row));
    EXPECT_EQ(target_of(given, row), target_of(kept, row));
    EXPECT_EQ(given.place(row).line, row + 2);
  }
}

TEST(Dataset, GathersTargetsAlone) {
  const Source source = table("x,y\n1,0.5\n2,1.5\n3,2.5\n");
  const Dataset data = learn(source, 3).encode(std::get<Table>(source.main));
  std::vector<float> y(2);
  data.gather(std::vector<std::int64_t>{2, 0}, nullptr, y.data());
  EXPECT_EQ(y, (std::vector{target_of(data, 2)[0], target_of(data, 0)[0]}));
}

}  // namespace
}  // namespace chainrule::data
