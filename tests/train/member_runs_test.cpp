// Members and piecewise linear functions in runs: recorded, resumed, replayed, explained, saved.
#include <algorithm>
#include <array>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/run_files.h"

namespace chainrule {
namespace {

class MemberRuns : public testing::Test {
 protected:
  TrainRequest request(const std::string& name) const {
    TrainRequest request{.data = project + "/data/iris.csv", .out = folder_.file(name)};
    request.model_file = folder_.write("net.toml", R"([network]
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
    request.batch_size = 20;
    request.learning_rate = 0.02;
    request.seed = 3;
    request.threads = 1;
    request.checkpoint_every = 4;
    return request;
  }

  TemporaryFolder folder_;
};

TEST_F(MemberRuns, TrainSaveResumeAndReplay) {
  train_run(request("whole"));
  train_run(request("cut"), ending_after(2));
  resume_run(folder_.file("cut"));
  EXPECT_EQ(read_file(folder_.file("cut/model.safetensors")),
            read_file(folder_.file("whole/model.safetensors")));
  EXPECT_FALSE(Run::open(folder_.file("whole"), {.threads = 2}).verify().difference);
  EXPECT_THAT(check_files(folder_.file("whole")).damaged, testing::IsEmpty());
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

// The edges are quantiles of the training rows: as many rows lie in each interval.
TEST_F(MemberRuns, DivideNumbersAtTheirQuantiles) {
  train_run(request("run"));
  auto run = Run::open(folder_.file("run"));
  run.go_to(0);
  const data::Part& train = run.data().train;
  std::vector<float> features(train.rows.size() * 4);
  train.data->gather(train.rows, features.data(), nullptr);
  const Tensor edges = run.model().weights().at("functions.edge");  // [3, 7], of the picked ones
  ASSERT_EQ(edges.shape, (Shape{3, 7}));
  const std::array<std::size_t, 3> picked{3, 0, 2};
  for (std::size_t feature = 0; feature < 3; ++feature) {
    std::vector<double> values;
    for (std::size_t row = 0; row < train.rows.size(); ++row)
      values.push_back(static_cast<double>(features[row * 4 + picked[feature]]));
    std::ranges::sort(values);
    std::vector<double> expected;
    for (std::size_t i = 0; i < 7; ++i) {
      // As NumPy's quantile() has it: between two values along the line.
      const double place = static_cast<double>(i) * static_cast<double>(values.size() - 1) / 6;
      const auto below = static_cast<std::size_t>(place);
      const double above = values[std::min(below + 1, values.size() - 1)];
      expected.push_back(values[below] + (place - std::floor(place)) * (above - values[below]));
    }
    // Of equal ones one edge; nothing lies between what is left.
    expected.erase(std::ranges::unique(expected).begin(), expected.end());
    expected.resize(7, expected.back());
    for (std::size_t i = 0; i < 7; ++i)
      EXPECT_NEAR(edges.values[feature * 7 + i], expected[i], 1e-6) << feature << ", " << i;
  }
}

}  // namespace
}  // namespace chainrule
