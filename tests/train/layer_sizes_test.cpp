#include "train/layer_sizes.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace chainrule {
namespace {

constexpr const char* network = R"([network]
input = 4
[[network.layer]]
type = "dense"
units = 8
activation = "tanh"
[[network.layer]]
type = "dropout"
rate = 0.25
[[network.layer]]
type = "dense"
units = 3
[optimizer]
type = "sgd"
learning_rate = 0.03
)";

TrainRequest request(const TemporaryFolder& folder) {
  TrainRequest request;
  request.data = cli::source("data/iris.csv");
  request.out = folder.file("run");
  request.model_file = folder.write("network.toml", network);
  request.schedule = Schedule{};
  request.epochs = 40;
  request.patience = 0;
  return request;
}

// Plain gradient descent moves by the rate times the gradient: two figures that the recorder gets
// in two ways, one from a program of its own, the other from the weights before and after.
TEST(LayerSizes, AnUpdateOfPlainDescentIsTheRateTimesTheGradient) {
  const TemporaryFolder folder;
  train_run(request(folder));
  const auto sizes = read_layer_sizes(cli::read(folder.file("run/layers.csv")));
  std::set<std::int64_t> steps;
  for (const LayerSize& size : sizes) {
    steps.insert(size.step);
    EXPECT_NEAR(size.update, 0.03 * size.gradient, 2e-4 * size.update)
        << size.parameter << " at step " << size.step;
  }
  EXPECT_EQ(sizes.size(), 4 * steps.size());
  EXPECT_GE(steps.size(), 2U);
  EXPECT_LE(steps.size(), 6U);
  EXPECT_EQ(*steps.begin(), 1);
}

TEST(LayerSizes, WatchingChangesNoBitOfTheTraining) {
  const TemporaryFolder folder;
  train_run(request(folder));
  chainrule::Run recorded = chainrule::Run::open(folder.file("run"));
  EXPECT_FALSE(recorded.verify().difference.has_value()) << "the replay is not watched";
}

TEST(LayerSizes, TheFileIsReadUpToItsFirstDamagedLine) {
  const std::string good = layer_sizes_csv({{1, "dense1.weight", 2, 0.5, 0.25}, {7, "b", 1, 1, 1}});
  ASSERT_EQ(read_layer_sizes(good).size(), 2U);
  EXPECT_EQ(read_layer_sizes(good)[0].parameter, "dense1.weight");
  EXPECT_EQ(read_layer_sizes(good)[0].update, 0.25);
  EXPECT_EQ(read_layer_sizes(good + "8,c,1\n9,d,1,1,1\n").size(), 2U);
  EXPECT_EQ(read_layer_sizes(good.substr(0, good.size() - 1)).size(), 1U);
  EXPECT_TRUE(read_layer_sizes("").empty());
}

}  // namespace
}  // namespace chainrule
