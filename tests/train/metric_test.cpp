// By what epochs are compared, against orders written down and lines of metrics.csv read here.
#include <cmath>
#include <limits>
#include <sstream>

#include <gmock/gmock.h>

#include "nn/message.h"
#include "train/run_files.h"

namespace chainrule {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Scores scored(double loss, double accuracy, double auc = nan) {
  Scores scores;
  scores.loss = loss;
  scores.accuracy = accuracy;
  scores.auc = auc;
  return scores;
}

TEST(Metric, SaysWhichScoresAreBetter) {
  EXPECT_TRUE(is_better(scored(1, 0.5), {}, Metric::auc)) << "than none";
  EXPECT_FALSE(is_better(scored(nan, 0.9), {}, Metric::accuracy)) << "diverged";
  EXPECT_FALSE(is_better(scored(INFINITY, 0.9), scored(1, 0.5), Metric::accuracy));
  EXPECT_TRUE(is_better(scored(2, 0.9), scored(1, 0.8), Metric::accuracy));
  EXPECT_FALSE(is_better(scored(1, 0.8), scored(2, 0.9), Metric::accuracy));
  EXPECT_FALSE(is_better(scored(2, 0.9), scored(1, 0.8), Metric::loss));
  EXPECT_TRUE(is_better(scored(1, 0.9), scored(2, 0.9), Metric::accuracy)) << "a tie: by the loss";
  EXPECT_FALSE(is_better(scored(1, 0.9), scored(1, 0.9), Metric::accuracy)) << "the first stays";
  EXPECT_TRUE(is_better(scored(1, 0.9), scored(2, 0.9), Metric::auc)) << "undefined in both";
  EXPECT_TRUE(is_better(scored(3, 0.9, 0.5), scored(2, 0.9), Metric::auc)) << "in one";
  EXPECT_FALSE(is_better(scored(1, 0.9), scored(2, 0.9, 0.5), Metric::auc));
}

TEST(Metric, IsNamed) {
  for (const char* name : {"loss", "accuracy", "log_loss", "auc", "f1", "rmse", "mae", "r2"})
    EXPECT_EQ(name_of(metric_named(name)), name);
  EXPECT_EQ(message([] { metric_named("acuracy"); }),
            "there is no metric \"acuracy\"; did you mean \"accuracy\"?");
  EXPECT_TRUE(is_for(Metric::auc, data::Task::classification));
  EXPECT_FALSE(is_for(Metric::auc, data::Task::regression));
  EXPECT_FALSE(is_for(Metric::r2, data::Task::classification));
  EXPECT_TRUE(is_for(Metric::loss, data::Task::regression));
}

class MetricRuns : public testing::Test {
 protected:
  TrainRequest request(const std::string& name, Metric metric) const {
    TrainRequest request{.data = project + "/data/iris.csv", .out = folder_.file(name)};
    request.hidden = {{8}};
    request.epochs = 12;
    request.batch_size = 10;
    request.validation = 0.3;
    request.seed = 5;
    request.threads = 1;
    request.checkpoint_every = 20;
    request.metric = metric;
    return request;
  }

  // The epoch with the highest number in this column of metrics.csv; of equal ones the one with
  // the lowest loss.
  std::int64_t best_epoch(const std::string& run, const std::string& column) const {
    std::istringstream text(read_file(folder_.file(run + "/metrics.csv")));
    std::string line;
    std::vector<std::string> names;
    std::int64_t best = 0;
    double highest = -1, lowest = 0;
    while (std::getline(text, line)) {
      if (line.empty() || line[0] == '#') continue;
      std::vector<std::string> fields;
      std::istringstream parts(line);
      for (std::string field; std::getline(parts, field, ',');) fields.push_back(field);
      if (names.empty()) {
        names = fields;
        continue;
      }
      const auto number = [&](const std::string& name) {
        return std::stod(
            fields[static_cast<std::size_t>(std::ranges::find(names, name) - names.begin())]);
      };
      const double score = number(column), loss = number("validation_loss");
      if (score > highest || (score == highest && loss < lowest)) {
        best = std::stol(fields[0]);
        highest = score;
        lowest = loss;
      }
    }
    return best;
  }

  TemporaryFolder folder_;
};

TEST_F(MetricRuns, EndWithTheEpochThatItSays) {
  for (const auto& [metric, column] : {std::pair{Metric::auc, "validation_auc"},
                                       std::pair{Metric::accuracy, "validation_accuracy"},
                                       std::pair{Metric::f1, "validation_macro_f1"}}) {
    const std::string name(name_of(metric));
    const RunResult result = train_run(request(name, metric));
    EXPECT_EQ(result.history.best_epoch, best_epoch(name, column)) << name;
    EXPECT_TRUE(result.config.fit.keep_best) << name;
  }
}

TEST_F(MetricRuns, AreResumedAndReplayed) {
  expect_resumed_and_replayed(folder_,
                              [&](const char* name) { return request(name, Metric::auc); });
  const TrainRequest again = read_config(folder_.file("whole/config.toml"));
  EXPECT_EQ(again.metric, Metric::auc);
}

TEST_F(MetricRuns, ShowTheCalibratedLogLoss) {
  TrainRequest wanted = request("run", Metric::log_loss);
  wanted.hidden.reset();
  wanted.model_file = folder_.write(
      "net.toml", "[network]\ncalibrated = true\n[[network.layer]]\ntype = \"dense\"\nunits = 3\n");
  const RunResult result = train_run(wanted);
  for (const Progress& epoch : result.history.epochs)
    EXPECT_EQ(epoch.validation->log_loss, epoch.validation->loss);
}

TEST_F(MetricRuns, AreRefusedForTheOtherTask) {
  EXPECT_EQ(message([&] { train_run(request("run", Metric::rmse)); }),
            "metric = rmse is of numbers, and the target is a class; take accuracy, log_loss, auc "
            "or f1");
}

}  // namespace
}  // namespace chainrule
