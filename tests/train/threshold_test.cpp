// From which probability on a row is taken for the second class, against every threshold tried.
#include "train/loop/threshold.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/random.h"
#include "nn/message.h"
#include "train/run_files.h"

namespace chainrule {
namespace {

double score_at(double threshold, const std::vector<float>& p, const std::vector<std::int32_t>& y,
                Metric metric) {
  std::array<std::array<double, 2>, 2> count{};  // [class][taken for]
  for (std::size_t i = 0; i < p.size(); ++i)
    ++count[static_cast<std::size_t>(y[i])][static_cast<double>(p[i]) >= threshold ? 1 : 0];
  if (metric == Metric::accuracy)
    return (count[0][0] + count[1][1]) / static_cast<double>(p.size());
  double f1 = 0;
  for (const std::size_t k : {0, 1}) {
    const double own = count[k][k], said = own + count[1 - k][k], is = own + count[k][1 - k];
    if (own > 0) f1 += 2 * (own / said) * (own / is) / (own / said + own / is) / 2;
  }
  return f1;
}

TEST(Threshold, IsTheBestOfAll) {
  RandomStream random(6, 0);
  for (int round = 0; round < 200; ++round) {
    std::vector<float> p;
    std::vector<std::int32_t> y;
    for (int i = 0; i < 3 + round % 40; ++i) {
      // Some are equal.
      p.push_back(static_cast<float>(std::floor(20 * random.uniform()) / 20));
      y.push_back(random.uniform() < 0.2 + 0.6 * static_cast<double>(p.back()) ? 1 : 0);
    }
    for (const Metric metric : {Metric::accuracy, Metric::f1}) {
      const double found = best_threshold(p, y, metric);
      double best = 0;
      for (int t = 0; t <= 1000; ++t) best = std::max(best, score_at(t / 1000.0, p, y, metric));
      EXPECT_NEAR(score_at(found, p, y, metric), best, 1e-12) << round;
    }
  }
}

TEST(Threshold, OfEqualOnesIsTheOneNearestToOneHalf) {
  EXPECT_EQ(best_threshold(std::vector<float>{0.1F, 0.9F}, std::vector<std::int32_t>{0, 1},
                           Metric::accuracy),
            0.5);
}

class ThresholdRuns : public testing::Test {
 protected:
  TrainRequest request(const std::string& name, const std::string& threshold) {
    RandomStream random(4, 0);
    std::string text = "x,answer\n";
    for (int i = 0; i < 900; ++i) {
      const bool is_rare = i % 10 == 0;
      text +=
          fmt::format("{:.5f},{}\n", random.normal() + (is_rare ? 1.5 : 0), is_rare ? "yes" : "no");
    }
    TrainRequest request{.data = folder_.write("rare.csv", text), .out = folder_.file(name)};
    request.hidden = std::vector<std::int64_t>{};
    request.threshold = threshold;
    request.metric = Metric::f1;
    request.validation = 0.3;
    request.epochs = 10;
    request.seed = 1;
    request.threads = 1;
    request.checkpoint_every = 50;
    return request;
  }

  TemporaryFolder folder_;
};

TEST_F(ThresholdRuns, TakeMoreRowsForTheRareClass) {
  const RunResult likeliest = train_run(request("likeliest", ""));
  const RunResult tuned = train_run(request("tuned", "auto"));
  EXPECT_FALSE(likeliest.target.threshold);
  ASSERT_TRUE(tuned.target.threshold);
  EXPECT_LT(*tuned.target.threshold, 0.5);
  EXPECT_GT(tuned.validation.macro_f1, likeliest.validation.macro_f1);
  EXPECT_GT(tuned.test.confusion[1][1], likeliest.test.confusion[1][1]);
  EXPECT_EQ(tuned.test.log_loss, likeliest.test.log_loss) << "probabilities stay as they are";
  // The saved model decides so too.
  SavedRun saved = SavedRun::open(folder_.file("tuned"));
  const Scores all = saved.evaluate(folder_.file("rare.csv")).scores;
  EXPECT_EQ(all.confusion[1][1], tuned.train.confusion[1][1] + tuned.validation.confusion[1][1] +
                                     tuned.test.confusion[1][1]);
  const std::string csv = saved.predict(folder_.file("rare.csv")).csv;
  std::int64_t said = 0;
  for (std::size_t at = 0; (at = csv.find("\nyes,", at)) != std::string::npos; ++at) ++said;
  EXPECT_EQ(said, all.confusion[0][1] + all.confusion[1][1]);
}

TEST_F(ThresholdRuns, AreResumedReplayedAndRepeated) {
  expect_resumed_and_replayed(folder_, [&](const char* name) { return request(name, "auto"); });
  EXPECT_EQ(read_config(folder_.file("whole/config.toml")).threshold, "auto");
  expect_repeated(folder_);
}

TEST_F(ThresholdRuns, TakeANumberAndRefuseOthers) {
  const RunResult given = train_run(request("given", "0.07"));
  EXPECT_EQ(given.target.threshold, 0.07);
  EXPECT_EQ(Run::open(folder_.file("given")).data().encoder.target().threshold, 0.07);
  for (const char* wrong : {"0", "1", "x", "0.5x", "-1"})
    EXPECT_EQ(message([&] { train_run(request("wrong", wrong)); }),
              fmt::format("threshold = {}; it must be auto, or a probability above 0 and below 1",
                          wrong));
  TrainRequest three = request("three", "auto");
  three.data = project + "/data/iris.csv";
  EXPECT_EQ(message([&] { train_run(three); }),
            "a threshold decides between two classes; leave it out");
}

}  // namespace
}  // namespace chainrule
