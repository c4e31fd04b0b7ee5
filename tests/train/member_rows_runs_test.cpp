// Runs whose members see rows of their own: recorded, resumed, replayed, validated, explained,
// blamed.
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/compare.h"
#include "chainrule/importance.h"
#include "chainrule/influence.h"
#include "train/run_files.h"

namespace chainrule {
namespace {

using testing::HasSubstr;

using RecordedRun = Run;  // gtest has a Run of its own

class RunsOfMemberRows : public testing::Test {
 protected:
  TrainRequest request(const std::string& name, const std::string& see = "folds") const {
    TrainRequest request = short_run(folder_, name, R"([network]
calibrated = true
[[network.layer]]
type = "member_dense"
units = 5
members = 4
activation = "tanh"
apart = true
[[network.layer]]
type = "dropout"
rate = 0.1
[[network.layer]]
type = "member_dense"
units = 3
members = 4
apart = true
)");
    request.members_see = see;
    request.epochs = 6;
    request.learning_rate = 0.03;
    request.weight_average = 0.8;
    return request;
  }

  TemporaryFolder folder_;
};

TEST_F(RunsOfMemberRows, TrainSaveResumeAndReplay) {
  for (const char* see : {"folds", "bags"}) {
    const TemporaryFolder folder;
    expect_resumed_and_replayed(folder, [&](const char* name) {
      TrainRequest one = request(name, see);
      one.out = folder.file(name);
      return one;
    });
  }
}

TEST_F(RunsOfMemberRows, AreValidatedByAllRows) {
  const RunResult result = train_run(request("run"));
  EXPECT_EQ(result.train.rows, 120);
  EXPECT_EQ(result.validation.rows, 120);
  EXPECT_EQ(result.test.rows, 30);
  EXPECT_NE(result.validation.loss, result.train.loss);
  EXPECT_GT(result.test.accuracy, 0.8);
  TrainRequest again = read_config(result.folder + "/config.toml");
  EXPECT_EQ(again.members_see, "folds");
  again.out = folder_.file("again");
  EXPECT_EQ(train_run(again).config.id, result.config.id);
  EXPECT_EQ(read_file(again.out + "/model.safetensors"),
            read_file(result.folder + "/model.safetensors"));
  RecordedRun run = RecordedRun::open(result.folder);
  const EpochChanges changes = epoch_changes(run, 5);
  EXPECT_EQ(changes.rows, 120);
  EXPECT_TRUE(changes.agrees()) << changes.error();
}

TEST_F(RunsOfMemberRows, SayWhichMembersDoNotSeeARow) {
  const RunResult result = train_run(request("run"));
  RecordedRun run = RecordedRun::open(result.folder);
  const RecordedRun::Batch batch = run.batch(8);
  const data::Dataset& data = *run.data().train.data;
  for (const char* quantity : {"loss", "member_dense1.weight[7,2]", "member_dense2.weight[4,1]",
                               "member_dense2.z[3,1,2]", "row_weight[2,1]"}) {
    const Explanation story = explain(run, {.quantity = quantity, .step = 8});
    EXPECT_TRUE(story.passed) << quantity << "\n" << story.page;
    if (std::string(quantity).find(".weight[") != std::string::npos) {
      EXPECT_THAT(story.page, HasSubstr("row_weight["));
    }
  }
  // member_dense1.weight[7,2] is member 1's, and rows that it does not see do not push it.
  const std::string page = explain(run, {.quantity = "member_dense1.weight[7,2]", .step = 8}).page;
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const std::string sample = fmt::format("Sample {} is line", i);
    if (page.find(sample) == std::string::npos) continue;
    EXPECT_GT(data.row_weight(batch.rows[i], 1), 0);
    for (std::int64_t member = 0; member < 4; ++member)
      if (data.row_weight(batch.rows[i], member) == 0) {
        EXPECT_THAT(page, HasSubstr(fmt::format("Members that do not see it: {}.", member)));
      }
  }
  EXPECT_THAT(page, HasSubstr("Members that do not see it: "));
}

TEST_F(RunsOfMemberRows, AreBlamedChangedAndAskedWhatIf) {
  const RunResult result = train_run(request("run", "bags"));
  RecordedRun run = RecordedRun::open(result.folder);
  const Blame found = blame(run, 2, false, {.points = 2});
  EXPECT_EQ(found.rows, 120);
  EXPECT_EQ(step_changes(run, 6, 12).rows, 6 * 20);  // an epoch
  TrainRequest without = read_config(result.folder + "/config.toml");
  without.what_if = {.of = result.config.id, .without_rows = {run.batch(4).rows[0]}, .set = {}};
  without.out = folder_.file("without");
  const RunResult other = train_run(without);
  RecordedRun asked = RecordedRun::open(other.folder);
  EXPECT_FALSE(asked.verify().difference.has_value());
  EXPECT_TRUE(explain(asked, {.quantity = "member_dense1.weight[7,2]", .step = 4}).passed);
}

TEST_F(RunsOfMemberRows, TellWhatEachMemberPredicts) {
  const RunResult result = train_run(request("run"));
  RecordedRun run = RecordedRun::open(result.folder);
  const data::Part& train = run.data().train;
  const std::int64_t line = train.data->place(train.rows[0]).line;
  const RowExplanation row = explain_row(run, {.number = line, .evaluations = 1000});
  ASSERT_EQ(row.members.size(), 4U);
  double sum = 0;
  for (std::size_t member = 0; member < 4; ++member) {
    sum += row.members[member].prediction;
    EXPECT_EQ(row.members[member].counts, static_cast<double>(train.data->row_weight(
                                              train.rows[0], static_cast<std::int64_t>(member))));
  }
  // Calibrated, the mean's odds have a power; of the predicted class p > 1/2 stays so.
  EXPECT_GT(sum / 4, 0.5);
  EXPECT_GT(row.reasons.probability, 0.5);
  const std::string page = explain_prediction(run, {.number = line, .evaluations = 1000}).page;
  EXPECT_THAT(page, HasSubstr("What each member predicts"));
  EXPECT_THAT(page, HasSubstr("counts the row"));
  // Of a test row all members know nothing.
  const std::int64_t other = run.data().test.data->place(run.data().test.rows[0]).line;
  EXPECT_TRUE(
      std::isnan(explain_row(run, {.number = other, .evaluations = 1000}).members[0].counts));
}

TEST_F(RunsOfMemberRows, CountTheSameInShards) {
  TrainRequest whole = request("whole"), parts = request("parts");
  parts.shards = 4;
  EXPECT_NEAR(train_run(parts).validation.loss, train_run(whole).validation.loss, 1e-4);
  EXPECT_FALSE(RecordedRun::open(parts.out).verify().difference.has_value());
}

TEST_F(RunsOfMemberRows, OfSharedWeightsKeepRowsForValidation) {
  TrainRequest shared = request("shared", "bags");
  shared.model_file = folder_.write("shared.toml", R"([network]
[[network.layer]]
type = "member_dense"
units = 5
members = 4
activation = "tanh"
[[network.layer]]
type = "member_dense"
units = 3
members = 4
apart = true
)");
  const RunResult result = train_run(shared);
  EXPECT_EQ(result.train.rows, 105);
  EXPECT_EQ(result.validation.rows, 15);
}

TEST_F(RunsOfMemberRows, AreChosenForSmallTablesWorthTheirTime) {
  const auto trained = [&](const char* name, const auto& change) {
    TrainRequest asked{.data = project + "/data/iris.csv", .out = folder_.file(name)};
    asked.effort = "best";
    asked.epochs = 2;
    asked.threads = 1;
    change(asked);
    return train_run(asked);
  };
  const auto nothing = [](TrainRequest&) {};
  const RunResult best = trained("best", nothing);
  EXPECT_EQ(best.config.members_see, data::MembersSee::bags);
  EXPECT_EQ(best.config.split.validation, 0);
  EXPECT_EQ(best.train.rows, 120);
  EXPECT_GE(best.validation.rows, 119);  // of 32 members some did not see a row
  EXPECT_TRUE(best.calibration.has_value());
  // Who keeps rows for validation, or describes the network, has it so.
  EXPECT_EQ(trained("kept", [](TrainRequest& asked) { asked.validation = 0.1; }).config.members_see,
            data::MembersSee::all);
  // What a text's words become is learnt by all members together.
  std::string text = "review,stars\n";
  const char* words[] = {"fine", "dull", "slow", "warm", "cold", "long", "short"};
  for (int i = 0; i < 140; ++i)
    text += fmt::format("a {} film and {} it was {},{}\n", words[i % 7], words[i / 7 % 7],
                        words[i * i % 7], i % 7 < 3 ? "good" : "bad");
  const RunResult of_texts = trained("texts", [&](TrainRequest& asked) {
    asked.data = folder_.write("t.csv", text);
    asked.table.texts = {"review"};
  });
  EXPECT_EQ(of_texts.config.members_see, data::MembersSee::all);
  EXPECT_GT(of_texts.config.split.validation, 0);
}

TEST_F(RunsOfMemberRows, AreRefusedWhereTheySayNothing) {
  const auto refusal = [&](const auto& change) {
    TrainRequest asked = request("refused");
    change(asked);
    try {
      train_run(asked);
      return std::string();
    } catch (const std::exception& error) {
      return std::string(error.what());
    }
  };
  EXPECT_THAT(refusal([](TrainRequest& asked) { asked.in_order = true; }),
              HasSubstr("follow each other in time"));
  EXPECT_THAT(refusal([&](TrainRequest& asked) {
                asked.model_file = folder_.write("dense.toml",
                                                 "[network]\n[[network.layer]]\n"
                                                 "type = \"dense\"\nunits = 3\n");
              }),
              HasSubstr("the network ends in no members"));
  EXPECT_THAT(refusal([](TrainRequest& asked) { asked.members_see = "fold"; }), HasSubstr("folds"));
}

}  // namespace
}  // namespace chainrule
