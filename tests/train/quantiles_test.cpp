// Quantiles of numbers, and weights of classes, against distributions and sums known beforehand.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/random.h"
#include "chainrule/ops.h"
#include "nn/message.h"
#include "runtime/reference.h"
#include "train/loop/calibration.h"
#include "train/run_files.h"

namespace chainrule {
namespace {

// y is normal around 10 x with deviation 1 + x, x from 0 to 1.
std::string noisy_table(std::int64_t rows, std::uint64_t seed) {
  RandomStream random(seed, 0);
  std::string text = "x,y\n";
  for (std::int64_t i = 0; i < rows; ++i) {
    const double x = random.uniform();
    text += fmt::format("{:.6f},{:.6f}\n", x, 10 * x + (1 + x) * random.normal());
  }
  return text;
}

class Quantiles : public testing::Test {
 protected:
  TrainRequest request(const std::string& name, std::vector<double> levels = {0.05, 0.5, 0.95}) {
    TrainRequest request{.data = folder_.write("noisy.csv", noisy_table(1500, 3)),
                         .out = folder_.file(name)};
    request.target.quantiles = std::move(levels);
    request.effort = "quick";
    request.epochs = 8;
    request.seed = 2;
    request.threads = 1;
    request.checkpoint_every = 100;
    return request;
  }

  TemporaryFolder folder_;
};

TEST_F(Quantiles, CoverWhatTheySay) {
  TrainRequest wanted = request("run");
  wanted.epochs = 40;
  const RunResult result = train_run(wanted);
  EXPECT_EQ(result.config.loss.name, "pinball");
  EXPECT_NEAR(result.test.wanted_coverage, 0.9, 1e-12);
  EXPECT_NEAR(result.test.coverage, 0.9, 0.05) << "of 300 rows: three deviations";
  // They are where the normal distribution has them, at three places.
  SavedRun saved = SavedRun::open(folder_.file("run"));
  const std::string csv = saved.predict(folder_.write("new.csv", "x\n0.1\n0.5\n0.9\n")).csv;
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "y 5%,y 50%,y 95%");
  for (const double x : {0.1, 0.5, 0.9}) {
    std::array<double, 3> said{};
    char comma = 0;
    lines >> said[0] >> comma >> said[1] >> comma >> said[2];
    EXPECT_NEAR(said[1], 10 * x, 0.5 * (1 + x)) << x;
    EXPECT_NEAR(said[0], 10 * x - 1.645 * (1 + x), 0.75 * (1 + x)) << x;
    EXPECT_NEAR(said[2], 10 * x + 1.645 * (1 + x), 0.75 * (1 + x)) << x;
  }
}

TEST_F(Quantiles, TrainSaveResumeReplayAndRepeat) {
  expect_resumed_and_replayed(folder_, [&](const char* name) { return request(name); });
  expect_repeated(folder_);
}

TEST_F(Quantiles, AreExplainedByName) {
  train_run(request("run"));
  SavedRun saved = SavedRun::open(folder_.file("run"));
  const data::Encoder& encoder = saved.encoder();
  EXPECT_THAT(encoder.target().output_names(), testing::ElementsAre("y 5%", "y 50%", "y 95%"));
  EXPECT_EQ(encoder.target().main_output(), 1U);
  const data::Encoder back = data::Encoder::from_json(encoder.to_json(), "here");
  EXPECT_EQ(back.target().quantiles, encoder.target().quantiles);
}

TEST_F(Quantiles, AreRefusedWhereTheyMeanNothing) {
  TrainRequest classes = request("run");
  classes.data = project + "/data/iris.csv";
  EXPECT_THAT(message_of<DataError>([&] { train_run(classes); }, folder_),
              testing::HasSubstr("regression needs numbers"));
  TrainRequest other = request("run");
  other.loss = "huber";
  EXPECT_EQ(message([&] { train_run(other); }),
            "quantiles are learnt by the loss pinball, not by huber; leave one out");
  TrainRequest none = request("run", {});
  none.loss = "pinball";
  EXPECT_EQ(message([&] { train_run(none); }),
            "the loss pinball learns quantiles; say which: --quantiles 0.05,0.5,0.95");
}

// What crosses is brought in order, and the spread multiplies distances from the mean.
TEST(Predicted, QuantilesAreInOrder) {
  Graph graph;
  const Value output = graph.input("output", {2, 3});
  const nn::Traced model{.output = output, .z = output, .parameters = {}};
  const Loss loss{.name = "pinball", .levels = {0.1, 0.5, 0.9}};
  const Value spread = graph.input("spread", {});
  const Value made = predicted(loss, model, spread).prediction;
  const auto values = evaluate(graph, {{"output", DoubleTensor({2, 3}, {3, 1, 2, -1, 0, 4})},
                                       {"spread", DoubleTensor({}, {2})}});
  EXPECT_THAT(values[static_cast<std::size_t>(made.id())].values,
              testing::ElementsAre(0, 2, 4, -3, -1, 7));
}

TEST(Calibration, OfQuantilesFindsTheirSpread) {
  // Intervals of 0.5 around 0 where 10 and 90% of the targets are beyond 2 from it.
  Calibrator calibrator({.name = "pinball", .levels = {0.1, 0.9}});
  constexpr std::int64_t rows = 1001;
  Tensor z({rows, 2}), targets({rows, 2});
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto at = static_cast<std::size_t>(2 * i);
    z.values[at] = -0.5F;
    z.values[at + 1] = 0.5F;
    // Evenly from -2.5 to 2.5: their 10 and 90% quantiles are -2 and 2.
    targets.values[at] = targets.values[at + 1] =
        -2.5F + 5.0F * static_cast<float>(i) / static_cast<float>(rows - 1);
  }
  calibrator.add(z, targets);
  EXPECT_NEAR(calibrator.best().number, 4, 0.02);
}

// A loss in which class 1 weighs three times as much is that of a batch with its rows thrice, but
// for the number that it is divided by.
TEST(ClassWeights, CountRowsSoManyTimes) {
  const auto loss_of = [](const Loss& loss, const DoubleTensor& z, const DoubleTensor& t) {
    Graph graph;
    const Value logits = graph.input("z", z.shape);
    const nn::Traced model{.output = logits, .z = logits, .parameters = {}};
    const Value value = apply(loss, model, graph.input("t", t.shape));
    return evaluate(graph, {{"z", z}, {"t", t}})[static_cast<std::size_t>(value.id())].values[0];
  };
  const double once =
      loss_of({.name = "cross_entropy", .class_weights = {1, 3}},
              DoubleTensor({2, 2}, {1, -0.5, 0.2, 0.1}), DoubleTensor({2, 2}, {1, 0, 0, 1}));
  const double thrice = loss_of({.name = "cross_entropy"},
                                DoubleTensor({4, 2}, {1, -0.5, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1}),
                                DoubleTensor({4, 2}, {1, 0, 0, 1, 0, 1, 0, 1}));
  EXPECT_NEAR(2 * once, 4 * thrice, 1e-14);
  EXPECT_EQ(message([&] {
              loss_of({.name = "cross_entropy", .class_weights = {1, 3, 2}},
                      DoubleTensor({1, 2}, {1, 0}), DoubleTensor({1, 2}, {1, 0}));
            }),
            "cross_entropy: 3 class weights, but 2 classes; give one to each");
}

class ClassWeightRuns : public testing::Test {
 protected:
  // One of twenty is "rare", which x tells in part.
  TrainRequest request(const std::string& name, const std::string& weights) {
    RandomStream random(4, 0);
    std::string text = "x,kind\n";
    for (int i = 0; i < 800; ++i) {
      const bool is_rare = i % 20 == 0;
      text += fmt::format("{:.5f},{}\n", random.normal() + (is_rare ? 1.5 : 0),
                          is_rare ? "rare" : "usual");
    }
    TrainRequest request{.data = folder_.write("rare.csv", text), .out = folder_.file(name)};
    request.hidden = std::vector<std::int64_t>{};
    request.class_weights = weights;
    request.epochs = 20;
    request.seed = 1;
    request.threads = 1;
    request.checkpoint_every = 50;
    return request;
  }

  static double recall_of_rare(const RunResult& result) {
    const auto& row = result.test.confusion[0];
    return static_cast<double>(row[0]) / static_cast<double>(row[0] + row[1]);
  }

  TemporaryFolder folder_;
};

TEST_F(ClassWeightRuns, FindTheRareClass) {
  EXPECT_LT(recall_of_rare(train_run(request("plain", ""))), 0.3);
  const RunResult balanced = train_run(request("balanced", "balanced"));
  EXPECT_GT(recall_of_rare(balanced), 0.6);
  // 0.7 of 40 and of 760 rows: n / (2 n_k).
  EXPECT_NEAR(balanced.config.loss.class_weights[0], 10, 0.3);
  EXPECT_NEAR(balanced.config.loss.class_weights[1], 10.0 / 19, 0.01);
  const RunResult named = train_run(request("named", "rare=19"));
  EXPECT_NEAR(named.config.loss.class_weights[0] / named.config.loss.class_weights[1], 19, 1e-9);
}

TEST_F(ClassWeightRuns, AreResumedReplayedAndRepeated) {
  expect_resumed_and_replayed(folder_, [&](const char* name) { return request(name, "balanced"); });
  expect_repeated(folder_);
}

TEST_F(ClassWeightRuns, NameClasses) {
  EXPECT_EQ(message([&] { train_run(request("run", "rar=3")); }),
            "class weights: there is no class \"rar\"; did you mean \"rare\"?");
  EXPECT_THAT(message([&] { train_run(request("run", "rare=x")); }),
              testing::HasSubstr("\"rare=x\" is no class with a number above 0"));
}

}  // namespace
}  // namespace chainrule
