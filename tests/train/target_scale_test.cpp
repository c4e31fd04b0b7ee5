// Targets with a long tail: their logarithm is learnt where it helps, and all that is told is in
// their own units.
#include <cmath>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/random.h"
#include "train/run_files.h"
#include "train/settings/setup.h"

namespace chainrule {
namespace {

class TargetScale : public testing::Test {
 protected:
  // ln y is linear in x: 3 x and a little noise.
  std::string prices(int rows = 900) {
    RandomStream random(8, 0);
    std::string text = "x,price\n";
    for (int i = 0; i < rows; ++i) {
      const double x = 3 * random.uniform();
      text += fmt::format("{:.6f},{:.8g}\n", x, 100 * std::exp(1.5 * x + 0.1 * random.normal()));
    }
    return folder_.write("prices.csv", text);
  }

  TrainRequest request(const std::string& name, const std::string& data) {
    TrainRequest request{.data = data, .out = folder_.file(name)};
    request.effort = "quick";
    request.epochs = 8;
    request.seed = 3;
    request.threads = 1;
    request.checkpoint_every = 100;
    return request;
  }

  TemporaryFolder folder_;
};

TEST_F(TargetScale, IsLogarithmicWherePricesMultiply) {
  std::vector<std::string> notes;
  RunObserver observer;
  observer.on_plan = [&](const RunPlan& plan) { notes = english(plan.data.notes); };
  const RunResult result = train_run(request("run", prices()), observer);
  EXPECT_TRUE(result.target.is_log);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0], testing::StartsWith("\"price\" is learnt on a log scale"));
  // The noise alone is 10%, of prices around 2,000.
  EXPECT_LT(result.test.rmse, 0.2 * result.test.mean_rmse);

  // The scores are those of what is predicted, in units, worked out here.
  SavedRun saved = SavedRun::open(folder_.file("run"));
  std::istringstream said(saved.predict(folder_.file("prices.csv")).csv),
      given(read_file(folder_.file("prices.csv")));
  std::string line, other;
  std::getline(said, line);
  EXPECT_EQ(line, "price");
  std::getline(given, other);
  double squares = 0, least = 1e300, largest = 0;
  int rows = 0;
  while (std::getline(said, line) && std::getline(given, other)) {
    const double predicted = std::stod(line), actual = std::stod(other.substr(other.find(',') + 1));
    squares += (predicted - actual) * (predicted - actual);
    least = std::min(least, predicted);
    largest = std::max(largest, predicted);
    ++rows;
  }
  EXPECT_EQ(rows, 900);
  const Scores all = saved.evaluate(folder_.file("prices.csv")).scores;
  EXPECT_NEAR(all.rmse, std::sqrt(squares / rows), 1e-4 * all.rmse);
  // Far from what training saw, a prediction stays within it.
  const std::string far = saved.predict(folder_.write("far.csv", "x\n1000\n-1000\n")).csv;
  double high = 0, low = 0;
  std::istringstream lines(far);
  std::getline(lines, line);
  lines >> high >> low;
  EXPECT_LE(high, 1.01 * saved.encoder().target().range[0][1]);
  EXPECT_GE(low, 0.99 * saved.encoder().target().range[0][0]);
}

TEST_F(TargetScale, IsKeptByResumingReplayingAndRepeating) {
  const std::string data = prices();
  expect_resumed_and_replayed(folder_, [&](const char* name) { return request(name, data); });
  EXPECT_EQ(read_config(folder_.file("whole/config.toml")).target.scale, data::TargetScale::log);
  expect_repeated(folder_);
}

TEST_F(TargetScale, StaysLinearWhereNothingAsksForMore) {
  const auto is_log = [&](const TrainRequest& wanted) {
    return set_up(wanted).config.target.scale == data::TargetScale::log;
  };
  TrainRequest linear = request("a", prices());
  linear.target.scale = data::TargetScale::linear;
  EXPECT_FALSE(is_log(linear)) << "asked for";
  TrainRequest described = request("b", prices());
  described.effort.clear();
  described.hidden = {{4}};
  EXPECT_FALSE(is_log(described)) << "whoever describes a network is not surprised";
  // As skewed, but y itself is linear in x.
  RandomStream random(9, 0);
  std::string text = "x,y\n";
  for (int i = 0; i < 900; ++i) {
    const double x = std::exp(1.5 * random.normal());
    text += fmt::format("{:.6f},{:.6f}\n", x, 1 + 5 * x);
  }
  EXPECT_FALSE(is_log(request("c", folder_.write("linear.csv", text))));
}

TEST_F(TargetScale, NeedsNumbersAboveZero) {
  TrainRequest wanted =
      request("run", folder_.write("zero.csv", "x,y\n1,2.5\n2,0\n3,4.5\n4,1.5\n"));
  wanted.target.scale = data::TargetScale::log;
  wanted.target.task = data::Task::regression;
  wanted.test = wanted.validation = 0;
  EXPECT_THAT(message_of<DataError>([&] { train_run(wanted); }, folder_),
              testing::HasSubstr("holds 0, which has no logarithm"));
}

}  // namespace
}  // namespace chainrule
