// Two runs compared: scores against those of the runs, tests against their formulas, and the step
// where bits part against a replay of every step.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "chainrule/compare.h"
#include "chainrule/explain.h"
#include "data/temporary_folder.h"
#include "given_data.h"
#include "train/changes/paired.h"

namespace chainrule {
namespace {

using RecordedRun = Run;  // which testing::Test has, too

using testing::ElementsAre;
using testing::HasSubstr;

TEST(McNemar, IsTheBinomialTest) {
  EXPECT_EQ(mcnemar(0, 0), 1);
  EXPECT_EQ(mcnemar(3, 3), 1);
  EXPECT_NEAR(mcnemar(0, 5), 2.0 / 32, 1e-12);
  EXPECT_NEAR(mcnemar(9, 1), 2.0 * (1 + 10) / 1024, 1e-12);
  EXPECT_NEAR(mcnemar(2, 1), 1, 1e-12);  // 2 (1 + 3) / 8
  EXPECT_LT(mcnemar(0, 5000), 1e-300);
}

TEST(Bootstrap, HasTheWidthOfTheNormalInterval) {
  RowScores scores{"accuracy", false, {}};
  for (int i = 0; i < 400; ++i) scores.values.push_back(i % 4 == 0 ? 1 : 0);
  const auto estimate = bootstrapped(scores, {})[0];
  EXPECT_DOUBLE_EQ(estimate.value, 0.25);
  const double half = 1.96 * std::sqrt(0.25 * 0.75 / 400);
  EXPECT_NEAR(estimate.low, 0.25 - half, 0.1 * half);
  EXPECT_NEAR(estimate.high, 0.25 + half, 0.1 * half);
}

TEST(Bootstrap, DrawsTheRowsOfBothTogether) {
  RowScores one{"mae", false, {}}, other{"mae", false, {}};
  for (int i = 0; i < 50; ++i) {
    one.values.push_back(i * i % 17);
    other.values.push_back(one.values.back() + 0.5);  // worse by as much in each row
  }
  const auto [first, second, difference] = bootstrapped(one, other);
  EXPECT_GT(first.high - first.low, 1);
  EXPECT_NEAR(difference.low, 0.5, 1e-12);
  EXPECT_NEAR(difference.high, 0.5, 1e-12);
  // Of roots it is the difference of the roots.
  const RowScores two{"rmse", true, {4, 4}}, three{"rmse", true, {9, 9}};
  EXPECT_DOUBLE_EQ(bootstrapped(two, three)[2].value, 1);
}

class CompareTest : public testing::Test {
 protected:
  TrainRequest request(const std::string& name, const std::string& data = iris) const {
    TrainRequest request{.data = data, .out = folder_.file(name)};
    request.hidden = {{6}};
    request.epochs = 5;
    request.batch_size = 10;
    request.validation = 0.2;
    request.test = 0.3;
    request.seed = 4;
    request.threads = 1;
    return request;
  }
  RecordedRun open(const std::string& name) const {
    return RecordedRun::open(folder_.file(name), {.threads = 2});
  }
  RunComparison compared(const std::string& one, const std::string& other) const {
    RecordedRun first = open(one), second = open(other);
    return compare(first, second);
  }
  TemporaryFolder folder_;
};

const RunComparison::Score& score_of(const RunComparison& found, const std::string& part,
                                     const std::string& name) {
  for (const RunComparison::Score& score : found.scores)
    if (score.part == part && score.name == name) return score;
  throw std::out_of_range(part + " " + name);
}

TEST_F(CompareTest, EqualRunsDoNotDiffer) {
  const RunResult one = train_run(request("a"));
  train_run(request("b"));
  const RunComparison found = compared("a", "b");
  EXPECT_TRUE(found.settings.empty());
  EXPECT_TRUE(found.is_same_data);
  EXPECT_FALSE(found.parting);
  EXPECT_EQ(found.same_until, one.history.steps);
  for (const auto& score : found.scores) {
    EXPECT_EQ(score.difference->value, 0) << score.name;
    EXPECT_EQ(score.difference->high, 0) << score.name;
  }
  EXPECT_EQ(found.disagreements.at(0).p, 1);
}

TEST_F(CompareTest, ScoresAreThoseOfTheRuns) {
  TrainRequest fast = request("b");
  fast.learning_rate = 0.05;
  const std::array results{train_run(request("a")), train_run(fast)};
  const RunComparison found = compared("a", "b");
  for (std::size_t i : {0, 1}) {
    EXPECT_DOUBLE_EQ(score_of(found, "test", "accuracy").sides[i].value, results[i].test.accuracy);
    EXPECT_NEAR(score_of(found, "validation", "log_loss").sides[i].value,
                results[i].validation.log_loss, 1e-12);
  }
  const auto& score = score_of(found, "test", "log_loss");
  EXPECT_NEAR(score.difference->value, results[1].test.log_loss - results[0].test.log_loss, 1e-12);
  EXPECT_LE(score.difference->low, score.difference->value);
  EXPECT_GE(score.difference->high, score.difference->value);
  ASSERT_TRUE(found.parting);
  EXPECT_EQ(found.parting->step, 1);
  EXPECT_TRUE(found.parting->learning_rate);
  EXPECT_EQ(found.parting->losses[0], found.parting->losses[1]) << "before the first update";
  std::vector<std::string> names;
  for (const auto& setting : found.settings) names.push_back(setting.name);
  EXPECT_THAT(names, ElementsAre("optimizer.learning_rate"));
}

TEST_F(CompareTest, NumbersAreScoredInTheirOwnUnits) {
  TrainRequest other = request("b", diabetes);
  other.seed = 5;  // another test part: some rows are in both
  const RunResult one = train_run(request("a", diabetes));
  train_run(other);
  const RunComparison found = compared("a", "a");
  EXPECT_NEAR(score_of(found, "test", "rmse").sides[0].value, one.test.rmse, 1e-5 * one.test.rmse);
  EXPECT_NEAR(score_of(found, "test", "mae").sides[0].value, one.test.mae, 1e-5 * one.test.mae);
  const RunComparison apart = compared("a", "b");
  EXPECT_LT(score_of(apart, "test", "rmse").rows, one.test.rows);
  EXPECT_TRUE(score_of(apart, "test", "rmse").difference);
  EXPECT_EQ(apart.parting->step, 0) << "other first weights";
  EXPECT_EQ(apart.same_until, -1);
}

TEST_F(CompareTest, FindsTheStepInsideAnEpoch) {
  train_run(request("a"));
  RecordedRun first = open("a");
  what_if(first, {.set = {"dense2.bias[1]=0.125"}, .at = 17}, folder_.file("b"));
  RecordedRun second = open("b");
  const RunComparison found = compare(first, second);
  std::int64_t parted = -1;
  first.go_to(0);
  second.go_to(0);
  for (std::int64_t step = 0; step <= first.steps() && parted < 0; ++step) {
    if (step > 0) first.advance(), second.advance();
    if (first.hash() != second.hash()) parted = step;
  }
  ASSERT_TRUE(found.parting);
  EXPECT_EQ(parted, 17);
  EXPECT_EQ(found.parting->step, parted);
  EXPECT_NE(found.parting->losses[0], found.parting->losses[1]);
  EXPECT_EQ(found.parting->variables[0].name, "dense1.weight") << "parameters first";
}

TEST_F(CompareTest, OtherDataIsToldAndNotPaired) {
  train_run(request("a"));
  std::string text = "a,b,class\n";
  for (int i = 0; i < 60; ++i)
    text += std::to_string(i % 11) + "," + std::to_string(i % 7) + "," +
            (i % 11 + i % 7 > 8 ? "high" : "low") + "\n";
  train_run(request("b", folder_.write("own.csv", text)));
  const RunComparison found = compared("a", "b");
  EXPECT_FALSE(found.is_same_data);
  EXPECT_THAT(explain_comparison(found).page,
              HasSubstr("In one run alone, or of another shape: dense1.weight, dense2.weight"));
  EXPECT_FALSE(score_of(found, "test", "accuracy").difference);
  EXPECT_TRUE(found.disagreements.empty());
  EXPECT_EQ(found.parting->step, 0);
}

TEST_F(CompareTest, IsAPageAndJson) {
  TrainRequest longer = request("b");
  longer.epochs = 6;
  longer.batch_size = 12;
  train_run(request("a"));
  train_run(longer);
  const RunComparison found = compared("a", "b");
  for (const PageFormat format :
       {PageFormat::text, PageFormat::markdown, PageFormat::latex, PageFormat::html})
    for (const Language language : {Language::en, Language::ko}) {
      const std::string page =
          explain_comparison(found, {.format = format, .language = language, .digits = 4}).page;
      EXPECT_THAT(page, HasSubstr("batch"));
      EXPECT_THAT(page, HasSubstr("12"));
    }
  const std::string text = explain_comparison(found, {.digits = 4}).page;
  EXPECT_THAT(text, HasSubstr("training.batch_size: A has 10, B has 12."));
  EXPECT_THAT(text, HasSubstr("Its batches hold other rows."));
  EXPECT_THAT(text, HasSubstr("A has 5 epochs, B has 6."));
  const auto json =
      nlohmann::json::parse(explain_comparison(found, {.format = PageFormat::json}).page);
  EXPECT_EQ(json["runs"][1]["epochs"].size(), 6U);
  EXPECT_EQ(json["parting"]["step"], 1);
  EXPECT_EQ(json["scores"][0]["score"], "accuracy");
}

}  // namespace
}  // namespace chainrule
