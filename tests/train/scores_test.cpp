// Scores of many rows, added up a part at a time.
#include "train/loop/scores.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "chainrule/error.h"
#include "ranks/thread_ranks.h"
#include "train/loop/training_step.h"

namespace chainrule {
namespace {

// Arrays of random numbers; classes 0, 1, .. or `outputs` numbers per row.
data::Source random_arrays(std::int64_t rows, std::int64_t outputs, bool classes) {
  RandomStream random(7, 0);
  const auto next = [&] { return static_cast<float>(random.below(2001)) / 1000 - 1; };
  std::vector<float> x(static_cast<std::size_t>(3 * rows));
  for (float& value : x) value = next();
  const std::int64_t columns = classes ? 1 : outputs;
  std::vector<float> y(static_cast<std::size_t>(columns * rows));
  for (float& value : y)
    value = classes ? static_cast<float>(random.below(static_cast<std::uint64_t>(outputs)))
                    : 5 * next();
  const Shape target = columns == 1 ? Shape{rows} : Shape{rows, columns};
  return {data::Examples{{"x.npy", {rows, 3}, std::move(x)},
                         data::Array{"y.npy", target, std::move(y)}},
          {}};
}

data::Prepared prepared(std::int64_t rows, std::int64_t outputs, bool classes) {
  return data::prepare(random_arrays(rows, outputs, classes),
                       {.split = {.validation = 0, .test = 0}});
}

DoubleTensor widened(const Tensor& tensor) {
  return {tensor.shape, {tensor.values.begin(), tensor.values.end()}};
}

// The truth is one evaluation of the loss's graph with all rows at once.
double loss_at_once(Model& model, const data::Part& part) {
  const Model::Outputs outputs = model.outputs(*part.data, part.rows);
  Tensor x({part.size(), part.data->width()}), targets({part.size(), model.outputs()});
  part.data->gather(part.rows, x.values.data(), targets.values.data());
  const Graph graph = loss_graph(model, part.size());
  const auto values = evaluate(graph, {{"prediction", widened(outputs.prediction)},
                                       {"z", widened(outputs.z)},
                                       {"target", widened(targets)}});
  return values[static_cast<std::size_t>(graph.outputs()[0].node)].values[0];
}

TEST(Scores, AreThoseOfAllRowsAtOnceToTheBit) {
  for (const std::string_view name : loss_names()) {
    const bool classes = name.ends_with("cross_entropy");
    for (const std::int64_t outputs : {1, 2, 3}) {
      if (classes && outputs == 1) continue;
      for (const std::int64_t rows : {300, 2048, 2049, 5000}) {
        const data::Prepared data = prepared(rows, outputs, classes);
        Model model({nn::Dense{4, nn::tanh}, nn::Dense{outputs}}, loss_named(name), 3, {.seed = 2});
        for (const std::int64_t first : {rows, std::int64_t{1}, std::int64_t{2}}) {
          data::Part part = data.train;
          part.rows.resize(static_cast<std::size_t>(first));
          EXPECT_EQ(evaluate(model, part, data.encoder.target()).loss, loss_at_once(model, part))
              << name << ", " << outputs << " outputs, " << first << " rows";
        }
      }
    }
  }
}

// Wide enough to be worth it: some 17,000 weights and 2,100 rows. Each rank sends and receives.
TEST(Scores, AreTheSameBitsWhenRanksPredictSomeOfTheRowsEach) {
  const data::Prepared data = prepared(2100, 3, true);
  const nn::Sequential network{nn::Dense{128, nn::tanh}, nn::Dense{128, nn::tanh}, nn::Dense{3}};
  const auto judged = [&](Communicator* ranks) {
    Model model(network, loss_named("cross_entropy"), 3, {.seed = 2});
    return judge(model, data.train, data.encoder.target(), {.ranks = ranks}).scores;
  };
  const Scores wanted = judged(nullptr);
  for (const int ranks : {2, 3, 5, 16}) {
    ThreadRanks all(ranks);
    all.run([&](Communicator& self) {
      const Scores scores = judged(&self);
      EXPECT_EQ(scores.loss, wanted.loss);
      EXPECT_EQ(scores.log_loss, wanted.log_loss);
      EXPECT_EQ(scores.confusion, wanted.confusion);
    });
    for (const ThreadRanks::Traffic& sent : all.traffic()) EXPECT_GT(sent.messages, 0) << ranks;
  }
}

TEST(Scores, CountEveryRowOnce) {
  const data::Prepared data = prepared(5000, 3, true);
  Model model({nn::Dense{3}}, loss_named("cross_entropy"), 3, {.seed = 2});
  const Scores scores = evaluate(model, data.train, data.encoder.target());
  const Tensor predictions = model.predict(*data.train.data, data.train.rows);
  std::vector<std::vector<std::int64_t>> counted(3, std::vector<std::int64_t>(3));
  std::int64_t right = 0;
  for (std::size_t i = 0; i < data.train.rows.size(); ++i) {
    const float* p = predictions.values.data() + 3 * i;
    const auto predicted = static_cast<std::size_t>(std::max_element(p, p + 3) - p);
    const auto actual = static_cast<std::size_t>(data.train.data->class_of(data.train.rows[i]));
    ++counted[actual][predicted];
    right += actual == predicted;
  }
  EXPECT_EQ(scores.confusion, counted);
  EXPECT_EQ(scores.rows, 5000);
  EXPECT_DOUBLE_EQ(scores.accuracy, static_cast<double>(right) / 5000);
  // Its loss is the log loss, in another order and precision.
  EXPECT_NEAR(scores.log_loss, scores.loss, 1e-6);
  EXPECT_NEAR(scores.auc, 0.5, 0.05) << "nothing was learnt";
}

// The intervals by Wilson's formula, worked apart from this code.
TEST(Scores, SayWhatAccuracyIsToBeComparedWith) {
  Scores scores{.rows = 10, .accuracy = 0.8, .confusion = {{6, 0}, {2, 2}}};
  EXPECT_DOUBLE_EQ(most_frequent_share(scores), 0.6);
  EXPECT_NEAR(accuracy_interval(scores)[0], 0.490162, 5e-7);
  EXPECT_NEAR(accuracy_interval(scores)[1], 0.943318, 5e-7);
  scores = {.rows = 20, .accuracy = 0, .confusion = {{0, 20}, {0, 0}}};
  EXPECT_EQ(accuracy_interval(scores)[0], 0);
  EXPECT_NEAR(accuracy_interval(scores)[1], 0.161125, 5e-7);
}

TEST(Scores, MeasureDistancesOverAllRows) {
  const data::Prepared data = prepared(5000, 2, false);
  Model model({nn::Dense{2}}, loss_named("mean_squared_error"), 3, {.seed = 2});
  const data::TargetEncoding& target = data.encoder.target();
  const Scores scores = evaluate(model, data.train, target);
  const Tensor predictions = model.predict(*data.train.data, data.train.rows);
  Tensor targets({5000, 2});
  data.train.data->gather(data.train.rows, nullptr, targets.values.data());
  double squares = 0, distances = 0;
  for (std::size_t i = 0; i < 10'000; ++i) {
    const double error = target.deviation[i % 2] * (static_cast<double>(targets.values[i]) -
                                                    static_cast<double>(predictions.values[i]));
    squares += error * error;
    distances += std::abs(error);
  }
  EXPECT_NEAR(scores.rmse, std::sqrt(squares / 10'000), 1e-9);
  EXPECT_NEAR(scores.mae, distances / 10'000, 1e-9);
}

TEST(Scores, RefuseRowsWithoutATarget) {
  for (const bool classes : {true, false}) {
    data::Table table{.rows = 6, .file = "t"};
    table.columns = {{.name = "x", .numbers = {1, 2, 3, 4, 5, 6}}};
    if (classes)
      table.columns.push_back({.name = "y",
                               .kind = data::ColumnKind::categorical,
                               .codes = {0, 1, 0, -1, 1, 0},
                               .categories = {"a", "b"}});
    else
      table.columns.push_back({.name = "y", .numbers = {0.5, 1.5, 2.5, NAN, 4.5, 5.5}});
    const data::Prepared data =
        data::prepare(data::Source{table, {}}, {.split = {.validation = 0, .test = 0}});
    Model model({nn::Dense{classes ? 2 : 1}},
                loss_named(classes ? "cross_entropy" : "mean_squared_error"), 1);
    data::Part part = data.train;
    EXPECT_EQ(evaluate(model, part, data.encoder.target()).rows, 5);
    part.rows.push_back(3);
    try {
      evaluate(model, part, data.encoder.target());
      ADD_FAILURE() << "a row without a target was scored";
    } catch (const UsageError& error) {
      EXPECT_STREQ(error.what(),
                   "evaluate: row 3 has no target to compare with; give only rows that have one, "
                   "such as those of Dataset::rows_with_target()");
    }
  }
}

TEST(Scores, KnowTheFirstRowWhosePredictionIsNoNumber) {
  const data::Prepared data = prepared(3000, 1, false);
  Model model({nn::Dense{1}}, loss_named("mean_squared_error"), 3, {.seed = 2});
  EXPECT_FALSE(judge(model, data.train, data.encoder.target()).not_finite);
  // 3e38 times a feature overflows float where the feature is beyond 1.13.
  model.set_weights(
      {{"dense1.weight", Tensor({1, 3}, {3e38f, 0, 0})}, {"dense1.bias", Tensor({1}, {0.0f})}});
  std::vector<float> x(3);
  std::int64_t first = 0;
  do data.train.data->gather(std::vector{first}, x.data(), nullptr);
  while (std::isfinite(x[0] * 3e38f) && ++first < 3000);
  EXPECT_EQ(judge(model, data.train, data.encoder.target()).not_finite, first);
}

}  // namespace
}  // namespace chainrule
