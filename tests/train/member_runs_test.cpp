// Members and piecewise linear functions in runs: recorded, resumed, replayed, explained, saved.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/run_files.h"

namespace chainrule {
namespace {

class MemberRuns : public testing::Test {
 protected:
  TrainRequest request(const std::string& name) const {
    TrainRequest request = short_run(folder_, name, R"([network]
[[network.layer]]
type = "pick"
features = [3, 0, 2]
name = "numbers"
[[network.layer]]
type = "piecewise_linear"
name = "functions"
bins = 6
size = 2
[[network.layer]]
type = "pick"
features = [1]
name = "others"
input = "input"
[[network.layer]]
type = "concatenate"
inputs = ["functions", "others"]
[[network.layer]]
type = "member_dense"
units = 7
members = 4
activation = "relu"
[[network.layer]]
type = "dropout"
rate = 0.1
[[network.layer]]
type = "member_dense"
units = 3
members = 4
apart = true
)");
    request.epochs = 8;
    request.learning_rate = 0.02;
    return request;
  }

  TemporaryFolder folder_;
};

TEST_F(MemberRuns, TrainSaveResumeAndReplay) {
  expect_resumed_and_replayed(folder_, [&](const char* name) { return request(name); });
  SavedRun saved = SavedRun::open(folder_.file("whole"));
  const Scores scores = saved.evaluate(project + "/data/iris.csv").scores;
  EXPECT_GT(scores.accuracy, 0.9);
  // Of probabilities that are means, too, the loss is the log loss.
  EXPECT_NEAR(scores.loss, scores.log_loss, 1e-6);
}

TEST_F(MemberRuns, ExplainEveryMember) {
  train_run(request("run"));
  auto run = Run::open(folder_.file("run"));
  for (const char* quantity :
       {"loss", "output[1,2]", "member_dense1.weight[2,3]", "member_dense1.input_factor[3,1]",
        "member_dense1.output_factor[0,6].gradient", "member_dense2.bias[3,1]",
        "member_dense2.weight[11,2]", "functions.weight[2,4,1]", "functions.linear[0,1]",
        "functions[3,4]", "member_dense2.z[4,2,0]"}) {
    const Explanation story = explain(run, {.quantity = quantity, .step = 7});
    EXPECT_TRUE(story.passed) << quantity << "\n" << story.page;
  }
}

// The model of one number x whose values the rows have, with so many intervals.
std::vector<float> edges_of(const TemporaryFolder& folder, const std::vector<double>& values,
                            const std::string& bins) {
  std::string text = "x,y\n";
  for (const double value : values) text += fmt::format("{},{}\n", value, value * value);
  TrainRequest request{.data = folder.write("x.csv", text), .out = folder.file("x")};
  request.model_file = folder.write(
      "x.toml", "[network]\n[[network.layer]]\ntype = \"piecewise_linear\"\nbins = " + bins +
                    "\n[[network.layer]]\ntype = \"dense\"\nunits = 1\n");
  request.target.task = data::Task::regression;
  request.encode.scaling = data::Scaling::none;
  request.validation = request.test = 0;
  request.epochs = request.threads = 1;
  train_run(request);
  return SavedRun::open(folder.file("x")).model().weights().at("piecewise_linear1.edge").values;
}

TEST_F(MemberRuns, DivideDifferentNumbersAtTheirQuantiles) {
  std::vector<double> squares;
  for (int i = 0; i <= 100; ++i) squares.push_back(i * i);
  EXPECT_THAT(edges_of(folder_, squares, "4"), testing::ElementsAre(0, 625, 2500, 5625, 10000));
}

TEST_F(MemberRuns, MakeEveryValueAnEdgeWhereTheyAreFew) {
  std::vector<double> dice;
  for (int i = 0; i < 60; ++i) dice.push_back(1 + i % 6);
  EXPECT_THAT(edges_of(folder_, dice, "7"), testing::ElementsAre(1, 2, 3, 4, 5, 6, 6, 6));
}

// Nine rows in ten are 0; of quantiles alone most would be 0 too.
TEST_F(MemberRuns, TellWhatIsRareApart) {
  std::vector<double> gains(900, 0);
  for (int i = 1; i <= 100; ++i) gains.push_back(i);
  // 0 weighs ln 901 = 6.8, each of the others ln 2 = 0.69, all of them 76.1: a quarter is reached
  // with 18, since 6.8 + 18 x 0.69 = 19.3, a half with 46 and three quarters with 73.
  EXPECT_THAT(edges_of(folder_, gains, "4"), testing::ElementsAre(0, 18, 46, 73, 100));
}

}  // namespace
}  // namespace chainrule
