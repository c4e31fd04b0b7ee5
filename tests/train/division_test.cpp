// Runs whose rows are divided otherwise than at random: other files, groups, times, folds; and what
// their scores are compared with.
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "chainrule/run.h"
#include "data/temporary_folder.h"

namespace chainrule {
namespace {

using testing::HasSubstr;

using Recorded = Run;  // every test has a member function Run

class DividedRuns : public testing::Test {
 protected:
  // y = 2 a - b + noise, or whether it is above 1; `who` has 20 rows each.
  std::string table(const std::string& name, int rows, std::uint64_t seed, bool is_class) const {
    RandomStream random(seed, 0);
    std::string text = "who,a,b,y\n";
    for (int i = 0; i < rows; ++i) {
      const double a = random.normal(), b = random.normal();
      const double y = 2 * a - b + random.normal();
      text += fmt::format("p{},{},{},{}\n", i / 20, a, b,
                          is_class ? (y > 1 ? "high" : "low") : fmt::format("{}", y));
    }
    return folder_.write(name, text);
  }
  TrainRequest request(const std::string& data, const char* name = "run") const {
    TrainRequest request{.data = data, .out = folder_.file(name)};
    request.epochs = 3;
    request.hidden = {{4}};
    request.threads = 1;
    return request;
  }
  TemporaryFolder folder_;
};

// The whole way round: trained, replayed, from its configuration, from another folder.
void expect_repeatable(const RunResult& result, const std::string& again) {
  Recorded run = Recorded::open(result.folder, {.threads = 2});
  EXPECT_FALSE(run.data_changed());
  EXPECT_FALSE(run.verify().difference.has_value());
  TrainRequest request = read_config(result.folder + "/config.toml");
  request.out = again;
  const RunResult second = train_run(request);
  EXPECT_EQ(second.config.id, result.config.id);
  EXPECT_EQ(read_file(again + "/model.safetensors"),
            read_file(result.folder + "/model.safetensors"));
}

TEST_F(DividedRuns, TakePartsFromOtherFiles) {
  const std::string data = table("train.csv", 200, 1, true);
  TrainRequest with_files = request(data);
  with_files.test_file = table("test.csv", 60, 2, true);
  with_files.validation_file = table("valid.csv", 40, 3, true);
  const RunResult result = train_run(with_files);
  EXPECT_EQ(result.train.rows, 200);
  EXPECT_EQ(result.validation.rows, 40);
  EXPECT_EQ(result.test.rows, 60);
  // The scores are those of the files.
  SavedRun saved = SavedRun::open(result.folder);
  EXPECT_DOUBLE_EQ(saved.evaluate(with_files.test_file).scores.log_loss, result.test.log_loss);
  EXPECT_DOUBLE_EQ(saved.evaluate(with_files.validation_file).scores.log_loss,
                   result.validation.log_loss);
  expect_repeatable(result, folder_.file("again"));
  const Recorded run = Recorded::open(result.folder);
  EXPECT_EQ(run.data().test.data->place(59).line, 61);
  // Another test is other data.
  table("test.csv", 60, 4, true);
  EXPECT_TRUE(Recorded::open(result.folder).data_changed());
}

TEST_F(DividedRuns, TakeAFractionOrAFileNotBoth) {
  TrainRequest both = request(table("t.csv", 100, 1, true));
  both.test = 0.2;
  both.test_file = table("u.csv", 60, 2, true);
  EXPECT_THROW(train_run(both), UsageError);
}

TEST_F(DividedRuns, KeepGroupsTogetherAndOutOfTheInputs) {
  TrainRequest grouped = request(table("t.csv", 200, 1, false));
  grouped.group = "who";
  const RunResult result = train_run(grouped);
  EXPECT_EQ(result.config.row, Shape{2});
  EXPECT_EQ(result.test.rows, 40);
  const Recorded run = Recorded::open(result.folder);
  for (const auto* part : {&run.data().validation, &run.data().test})
    for (const std::int64_t row : part->rows)
      for (const std::int64_t other : run.data().train.rows) ASSERT_NE(row / 20, other / 20);
  expect_repeatable(result, folder_.file("again"));
}

TEST_F(DividedRuns, ValidateAndTestTheLastRows) {
  TrainRequest ordered = request(table("t.csv", 200, 1, false));
  ordered.in_order = true;
  const RunResult result = train_run(ordered);
  const Recorded run = Recorded::open(result.folder);
  EXPECT_EQ(run.data().train.rows.back() + 1, run.data().validation.rows.front());
  EXPECT_EQ(run.data().validation.rows.back() + 1, run.data().test.rows.front());
  EXPECT_EQ(run.data().test.rows.back(), 199);
  expect_repeatable(result, folder_.file("again"));
}

TEST_F(DividedRuns, TestEveryRowInOneOfTheFolds) {
  TrainRequest folded = request(table("t.csv", 103, 1, true), "folds");
  folded.folds = 4;
  const FoldsResult result = train_folds(folded);
  ASSERT_EQ(result.folds.size(), 4u);
  std::vector<int> tested(103);
  double sum = 0;
  for (const RunResult& fold : result.folds) {
    sum += fold.test.accuracy;
    const Recorded run = Recorded::open(fold.folder);
    for (const std::int64_t row : run.data().test.rows) ++tested[static_cast<std::size_t>(row)];
  }
  EXPECT_THAT(tested, testing::Each(1));
  ASSERT_EQ(result.scores[0].first, "accuracy");
  EXPECT_NEAR(result.scores[0].second.mean, sum / 4, 1e-12);
  EXPECT_GT(result.scores[0].second.deviation, 0);
  expect_repeatable(result.folds[2], folder_.file("again"));
  EXPECT_EQ(read_file(result.folder + "/summary.json"), to_json(result) + "\n");
  EXPECT_THAT(names_in(result.folder),
              testing::ElementsAre("fold1", "fold2", "fold3", "fold4", "summary.json"));
  try {
    SavedRun::open(result.folder);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("holds runs and is none itself; name one, such as"));
  }
  folded.fold = 5;
  EXPECT_THROW(train_run(folded), UsageError);
  folded.folds = 1;
  EXPECT_THROW(train_folds(folded), UsageError);
}

// ---- Baselines ---------------------------------------------------------------------------------

// Of three unknowns, by elimination without exchanging rows: the matrix is positive definite.
std::array<double, 3> solved(std::array<std::array<double, 4>, 3> system) {
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t r = 0; r < 3; ++r) {
      if (r == i) continue;
      const double factor = system[r][i] / system[i][i];
      for (std::size_t c = i; c < 4; ++c) system[r][c] -= factor * system[i][c];
    }
  return {system[0][3] / system[0][0], system[1][3] / system[1][1], system[2][3] / system[2][2]};
}

struct Example {
  std::array<double, 3> x;  // with 1 before the two inputs
  double y;                 // the number, or 1 for the first class
};

std::vector<Example> examples(const data::Part& part) {
  std::vector<Example> all;
  for (const std::int64_t row : part.rows) {
    std::array<float, 2> x{}, y{};
    part.data->gather(std::vector{row}, x.data(), y.data());
    all.push_back(
        {{1, static_cast<double>(x[0]), static_cast<double>(x[1])}, static_cast<double>(y[0])});
  }
  return all;
}

double dot(const std::array<double, 3>& a, const std::array<double, 3>& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

TEST_F(DividedRuns, AreComparedWithLeastSquares) {
  TrainRequest asked = request(table("t.csv", 400, 5, false));
  asked.encode.drop = {"who"};
  const RunResult result = train_run(asked);
  const Recorded run = Recorded::open(result.folder);
  std::array<std::array<double, 4>, 3> normal{};
  for (const auto& [x, y] : examples(run.data().train))
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) normal[i][j] += x[i] * x[j];
      normal[i][3] += x[i] * y;
    }
  const std::array<double, 3> w = solved(normal);
  double squares = 0;
  for (const auto& [x, y] : examples(run.data().test)) squares += std::pow(y - dot(w, x), 2);
  const double rmse = std::sqrt(squares / static_cast<double>(result.test.rows)) *
                      run.data().encoder.target().deviation[0];
  EXPECT_EQ(result.linear.rows, result.test.rows);
  EXPECT_NEAR(result.linear.rmse, rmse, 0.01 * rmse);
}

TEST_F(DividedRuns, AreComparedWithLogisticRegression) {
  TrainRequest asked = request(table("t.csv", 400, 6, true));
  asked.encode.drop = {"who"};
  const RunResult result = train_run(asked);
  const Recorded run = Recorded::open(result.folder);
  const auto probability = [](const std::array<double, 3>& weights, const Example& of) {
    return 1 / (1 + std::exp(-dot(weights, of.x)));
  };
  std::array<double, 3> w{};
  for (int step = 0; step < 20; ++step) {  // Newton's
    std::array<std::array<double, 4>, 3> system{};
    for (const Example& one : examples(run.data().train)) {
      const double p = probability(w, one);
      for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) system[i][j] += p * (1 - p) * one.x[i] * one.x[j];
        system[i][3] += (one.y - p) * one.x[i];
      }
    }
    const std::array<double, 3> change = solved(system);
    for (std::size_t i = 0; i < 3; ++i) w[i] += change[i];
  }
  double log_loss = 0;
  for (const Example& one : examples(run.data().test)) {
    const double p = probability(w, one);
    log_loss -= std::log(one.y == 1 ? p : 1 - p) / static_cast<double>(result.test.rows);
  }
  EXPECT_NEAR(result.linear.log_loss, log_loss, 0.02);
  EXPECT_GT(result.linear.auc, 0.8);
}

TEST_F(DividedRuns, OfLinearNetworksHaveNoLinearModelBeside) {
  TrainRequest linear = request(table("t.csv", 100, 1, false));
  linear.hidden = std::vector<std::int64_t>{};
  EXPECT_EQ(train_run(linear).linear.rows, 0);
}

}  // namespace
}  // namespace chainrule
