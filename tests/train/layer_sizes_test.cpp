#include "train/record/layer_sizes.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"
#include "train/settings/config.h"

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
  const std::string id = read_config_head(folder.file("run/config.toml")).header.run;
  const auto sizes = read_layer_sizes(cli::read(folder.file("run/layers.csv")), id).lines;
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

}  // namespace
}  // namespace chainrule
