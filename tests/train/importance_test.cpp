// What predictions lose when columns are shuffled, against every way to shuffle, and straight
// lines.
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/importance.h"
#include "train/column_runs.h"

namespace chainrule::column_tests {
namespace {

using ::testing::HasSubstr;

TEST_F(LinearNetwork, HasStraightPartialDependence) {
  SavedRun saved = SavedRun::open(folder_.file("run"));
  auto recorded = run();
  const Tensor weight = saved.model().weights().at("dense1.weight");
  const Importance result =
      importance(saved.model(), saved.encoder(), recorded.data().test, {.curves = 20});
  ASSERT_EQ(result.curves.size(), saved.encoder().columns().size());
  for (const ColumnCurve& curve : result.curves) {
    std::size_t first = 0;
    const data::ColumnEncoding* how = nullptr;
    for (const data::ColumnEncoding& column : saved.encoder().columns()) {
      how = &column;
      if (column.name == curve.column) break;
      first += static_cast<std::size_t>(column.width());
    }
    ASSERT_GE(curve.points.size(), 2U) << curve.column;
    if (how->kind != data::ColumnKind::numeric) continue;
    for (std::size_t i = 1; i < curve.points.size(); ++i) {
      const double run_of = std::stod(curve.points[i].value) - std::stod(curve.points[0].value);
      EXPECT_GT(run_of, 0) << "ascending";
      EXPECT_NEAR(curve.points[i].prediction[0] - curve.points[0].prediction[0],
                  run_of * how->scale * static_cast<double>(weight.values[first]) *
                      saved.encoder().target().deviation[0],
                  0.01)
          << curve.column;
    }
  }
}

// Over all shuffles, each row meets each value equally often.
TEST_F(LinearNetwork, LosesByShufflingWhatTheMeanOverAllPairsSays) {
  SavedRun saved = SavedRun::open(folder_.file("run"));
  auto recorded = run();
  const data::Part& part = recorded.data().test;
  const Importance result =
      importance(saved.model(), saved.encoder(), part, {.repeats = 400, .curves = 0});
  EXPECT_EQ(result.repeats, 400);
  EXPECT_NEAR(result.score, evaluate(saved.model(), part, saved.encoder().target()).rmse, 1e-6);

  const Tensor weight = saved.model().weights().at("dense1.weight");
  const Tensor outputs = saved.model().predict(*part.data, part.rows);
  std::vector<float> targets(part.rows.size());
  part.data->gather(part.rows, nullptr, targets.data());
  const double deviation = saved.encoder().target().deviation[0];
  std::size_t first = 0;
  for (const data::ColumnEncoding& column : saved.encoder().columns()) {
    double squares = 0, before = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const auto x = features_of(*part.data, part.rows[i]);
      const double error = static_cast<double>(outputs.values[i] - targets[i]);
      before += error * error;
      for (const std::int64_t other : part.rows) {
        const auto y = features_of(*part.data, other);
        double shift = 0;
        for (std::size_t f = first; f < first + static_cast<std::size_t>(column.width()); ++f)
          shift += static_cast<double>(weight.values[f]) * (y[f] - x[f]);
        squares += (error + shift) * (error + shift);
      }
    }
    const auto n = static_cast<double>(targets.size());
    const double expected = deviation * (std::sqrt(squares / n / n) - std::sqrt(before / n));
    const auto found = std::ranges::find(result.columns, column.name, &ColumnImportance::column);
    ASSERT_NE(found, result.columns.end());
    EXPECT_NEAR(found->increase, expected, 0.02 * result.score) << column.name;
    EXPECT_LE(found->interval[0], found->increase);
    EXPECT_GE(found->interval[1], found->increase);
    EXPECT_TRUE(std::isnan(found->accuracy_drop));
    first += static_cast<std::size_t>(column.width());
  }
  EXPECT_TRUE(
      std::ranges::is_sorted(result.columns, std::greater<>(), &ColumnImportance::increase));
}

TEST_F(ClassNetwork, LosesNothingByAColumnThatItDoesNotUse) {
  SavedRun saved = SavedRun::open(folder_.file("run"));
  auto recorded = run();
  std::map<std::string, Tensor> weights = saved.model().weights();
  Tensor& weight = weights.at("dense1.weight");  // [units, columns]
  for (std::size_t i = 1; i < weight.values.size(); i += 4) weight.values[i] = 0;
  saved.model().set_weights(weights);
  const Importance result = importance(saved.model(), saved.encoder(), recorded.data().test);
  for (const ColumnImportance& column : result.columns) {
    const bool is_unused = column.column == saved.encoder().columns()[1].name;
    EXPECT_EQ(column.increase == 0, is_unused) << column.column;
    if (!is_unused) continue;
    EXPECT_EQ(column.interval, (std::array<double, 2>{0, 0}));
    EXPECT_EQ(column.accuracy_drop, 0);
    EXPECT_EQ(column.accuracy_interval, (std::array<double, 2>{0, 0}));
  }
  const Scores scores = evaluate(saved.model(), recorded.data().test, saved.encoder().target());
  EXPECT_NEAR(result.score, scores.log_loss, 1e-12);
  EXPECT_NEAR(result.accuracy, scores.accuracy, 1e-12);
}

TEST_F(ClassNetwork, LooksAtNoMoreRowsThanItMay) {
  SavedRun saved = SavedRun::open(folder_.file("run"));
  const Importance all = importance(saved, iris, {.evaluations = 150 * 4 * 3});
  EXPECT_EQ(all.rows, 150);
  EXPECT_EQ(all.repeats, 3);
  const Importance some = importance(saved, iris, {.evaluations = 100 * 4});
  EXPECT_EQ(some.rows, 100);
  EXPECT_EQ(some.of_rows, 150);
  EXPECT_EQ(some.repeats, 1);
}

TEST_F(ClassNetwork, IsTheSameForAnyNumberOfThreads) {
  auto recorded = run();
  std::vector<std::string> results;
  for (const int threads : {1, 3}) {
    SavedRun saved = SavedRun::open(folder_.file("run"), threads);
    results.push_back(to_json(importance(saved, iris)));
  }
  EXPECT_EQ(results[0], results[1]);
}

TEST_F(ClassNetwork, RefusesWhatMakesNoSense) {
  SavedRun saved = SavedRun::open(folder_.file("run"));
  const std::string one = folder_.write(
      "one.csv",
      "sepal_length,sepal_width,petal_length,petal_width,species\n5.1,3.5,5.1,2.3,setosa\n");
  EXPECT_THAT(message_of<UsageError>([&] { importance(saved, one); }, folder_),
              HasSubstr("1 rows with a target, and values need two rows"));
}

}  // namespace
}  // namespace chainrule::column_tests
