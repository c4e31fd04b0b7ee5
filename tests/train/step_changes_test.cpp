// What moved between two steps and in an epoch: against plain loops, and against what was recorded.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "chainrule/compare.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "data/temporary_folder.h"
#include "given_data.h"
#include "train/run/run_rows.h"

namespace chainrule {
namespace {

using testing::HasSubstr;
using RecordedRun = Run;  // testing::Test has a Run of its own

class StepChangesTest : public testing::Test {
 protected:
  // One layer and its softmax, by gradient descent and nothing else.
  TrainRequest request(const std::string& name = "run", double momentum = 0, int units = 3) const {
    TrainRequest request{.data = iris, .out = folder_.file(name)};
    request.model_file = folder_.write(
        name + ".toml",
        fmt::format("[[network.layer]]\ntype = \"dense\"\nunits = {}\n[optimizer]\ntype = "
                    "\"sgd\"\nlearning_rate = {}\nmomentum = {}\nnesterov = false\n"
                    "weight_decay = 0.0\n",
                    units, units == 1 ? 0.03 : 0.3, momentum));
    request.validation = 0.3;
    request.epochs = 5;
    request.batch_size = 8;
    request.seed = 5;
    request.threads = 1;
    return request;
  }
  RecordedRun open(const std::string& name = "run") const {
    return RecordedRun::open(folder_.file(name), {.threads = 2});
  }
  TemporaryFolder folder_;
};

// Of -ln p of the row's class by the weights, then the biases.
std::vector<double> gradient_of(const Session& session, const data::Dataset& data,
                                std::int64_t row) {
  const std::span<const float> w = session.values("dense1.weight"),
                               b = session.values("dense1.bias");
  const std::size_t width = w.size() / b.size();
  std::vector<float> x(width);
  data.gather(std::span(&row, 1), x.data(), nullptr);
  std::vector<double> p(b.size()), gradient(w.size() + b.size());
  double sum = 0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    double z = static_cast<double>(b[k]);
    for (std::size_t j = 0; j < width; ++j)
      z += static_cast<double>(w[k * width + j]) * static_cast<double>(x[j]);
    sum += p[k] = std::exp(z);
  }
  for (std::size_t k = 0; k < p.size(); ++k) {
    const double delta = p[k] / sum - (data.class_of(row) == static_cast<std::int32_t>(k) ? 1 : 0);
    for (std::size_t j = 0; j < width; ++j)
      gradient[k * width + j] = delta * static_cast<double>(x[j]);
    gradient[w.size() + k] = delta;
  }
  return gradient;
}

std::vector<double> numbers_of(const Session& session) {
  std::vector<double> all;
  for (const char* name : {"dense1.weight", "dense1.bias"})
    for (const float value : session.values(name)) all.push_back(static_cast<double>(value));
  return all;
}

TEST_F(StepChangesTest, PushesAreThoseOfPlainLoops) {
  train_run(request());
  RecordedRun run = open();
  const StepChanges found = step_changes(run, 20, 23, {.top = 15});  // all 15 numbers
  ASSERT_EQ(found.largest.size(), 15U);
  run.go_to(23);
  const std::vector<double> after = numbers_of(run.model().session());
  run.go_to(20);
  const std::vector<double> before = numbers_of(run.model().session());
  double squares = 0;
  std::vector<double> direction;
  for (std::size_t i = 0; i < before.size(); ++i) direction.push_back(after[i] - before[i]);
  for (const double part : direction) squares += part * part;
  const double moved = std::sqrt(squares);
  EXPECT_NEAR(found.moved, moved, 1e-9);
  std::map<std::int64_t, double> pushes;
  for (std::int64_t step = 21; step <= 23; ++step) {
    const RecordedRun::Batch batch = run.batch(step);
    for (const std::int64_t row : batch.rows) {
      const std::vector<double> gradient =
          gradient_of(run.model().session(), *run.data().train.data, row);
      for (std::size_t i = 0; i < gradient.size(); ++i)
        pushes[row] -= batch.learning_rate / static_cast<double>(batch.rows.size()) * gradient[i] *
                       direction[i] / moved;
    }
    run.advance();
  }
  EXPECT_EQ(found.rows, static_cast<std::int64_t>(pushes.size()));
  ASSERT_EQ(found.strongest.size(), 15U);
  double last = 1e9;
  for (const auto& [row, push] : found.strongest) {
    const Place place = find_row(run, row.number, false);
    EXPECT_NEAR(push, pushes.at(place.row), 1e-6) << row.number;
    EXPECT_LE(std::abs(push), last);
    last = std::abs(push);
  }
  // Of plain gradient descent all rows' pushes are the movement.
  EXPECT_NEAR(found.pushed, found.moved, 1e-5 * found.moved);
}

TEST_F(StepChangesTest, NamesWhatMovedMost) {
  train_run(request());
  RecordedRun run = open();
  const StepChanges found = step_changes(run, 0, 30, {.top = 2});
  ASSERT_EQ(found.parameters.size(), 2U);
  EXPECT_EQ(found.parameters[0].name, "dense1.weight");
  run.go_to(30);
  const std::vector<double> after = numbers_of(run.model().session());
  run.go_to(0);
  const std::vector<double> before = numbers_of(run.model().session());
  std::size_t most = 0;
  double squares = 0, start = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (std::abs(after[i] - before[i]) > std::abs(after[most] - before[most])) most = i;
    if (i >= 12) continue;
    squares += (after[i] - before[i]) * (after[i] - before[i]);
    start += before[i] * before[i];
  }
  EXPECT_NEAR(found.parameters[0].change, std::sqrt(squares), 1e-9);
  EXPECT_NEAR(found.parameters[0].relative(), std::sqrt(squares / start), 1e-9);
  const std::string name =
      most < 12 ? "dense1.weight[" + std::to_string(most / 4) + "," + std::to_string(most % 4) + "]"
                : "dense1.bias[" + std::to_string(most - 12) + "]";
  EXPECT_EQ(found.largest[0].name, name);
  EXPECT_EQ(found.largest[0].before, before[most]);
  EXPECT_EQ(found.largest[0].after, after[most]);
}

TEST_F(StepChangesTest, MomentumMovesOtherwiseThanRowsPush) {
  train_run(request("run", 0.9));
  RecordedRun run = open();
  const StepChanges found = step_changes(run, 20, 23);
  EXPECT_GT(std::abs(found.pushed - found.moved), 0.2 * found.moved) << "the check can fail";
  EXPECT_THROW(step_changes(run, 5, 5), UsageError);
  EXPECT_THROW(step_changes(run, 0, run.steps() + 1), UsageError);
  EXPECT_THROW(step_changes(run, 0, 1, {.top = 0}), UsageError);
}

TEST_F(StepChangesTest, ArePagesAndJson) {
  train_run(request());
  RecordedRun run = open();
  const StepChanges found = step_changes(run, 3, 9, {.top = 4});
  const std::string text = explain_changes(found, {.digits = 3}).page;
  EXPECT_THAT(text, HasSubstr("What moved between the steps 3 and 9"));
  EXPECT_THAT(text, HasSubstr(found.largest[0].name));
  EXPECT_THAT(explain_changes(found, {.language = Language::ko}).page, HasSubstr("번째 줄: "));
  const auto json =
      nlohmann::json::parse(explain_changes(found, {.format = PageFormat::json}).page);
  EXPECT_EQ(json["pushes"].size(), 4U);
  EXPECT_EQ(json["weights"][0]["name"], found.largest[0].name);
}

TEST_F(StepChangesTest, RowsLossesAreThoseOfTheirClasses) {
  train_run(request());
  RecordedRun run = open();
  const data::Part& part = run.data().validation;
  for (const std::int64_t epoch : {1, 4}) {
    const EpochChanges found = epoch_changes(run, epoch, 100);
    EXPECT_TRUE(found.agrees()) << found.error();
    EXPECT_EQ(std::isnan(found.recorded[0]), epoch == 1);
    std::map<std::int64_t, std::array<double, 2>> losses;
    for (std::size_t s : {0, 1}) {
      run.go_to((epoch - 1 + static_cast<std::int64_t>(s)) * run.steps_per_epoch());
      const Tensor p = run.model().predict(*part.data, part.rows);
      for (std::size_t i = 0; i < part.rows.size(); ++i)
        losses[part.rows[i]][s] = -std::log(static_cast<double>(
            p.values[i * 3 + static_cast<std::size_t>(part.data->class_of(part.rows[i]))]));
    }
    const auto worse = std::ranges::count_if(
        losses, [](const auto& row) { return row.second[1] > row.second[0]; });
    EXPECT_NEAR(static_cast<double>(found.worse), static_cast<double>(worse), 1);
    EXPECT_EQ(found.worst.size(), static_cast<std::size_t>(found.worse));
    for (const EpochChanges::Row& row : found.worst) {
      const auto& [before, after] = losses.at(find_row(run, row.rows[0].number, false).row);
      EXPECT_NEAR(row.losses[0], before, 1e-5);
      EXPECT_NEAR(row.losses[1], after, 1e-5);
    }
  }
}

TEST_F(StepChangesTest, RowsHaveTheRecordedLossForTheirMean) {
  TrainRequest averaged = request("averaged"), numbers = request("numbers", 0, 1),
               members = request("m");
  averaged.weight_average = 0.9;
  numbers.data = diabetes;
  members.epochs = 3;
  members.model_file = folder_.write("net.toml",
                                     "[network]\ncalibrated = true\n"
                                     "[[network.layer]]\ntype = \"dense\"\nunits = 6\n"
                                     "[[network.layer]]\ntype = \"dense\"\nunits = 3\n");
  for (const TrainRequest& each : {averaged, numbers, members}) {
    train_run(each);
    RecordedRun run = RecordedRun::open(each.out);
    EpochChanges found = epoch_changes(run, 3);
    EXPECT_TRUE(found.agrees()) << each.out << " " << found.error();
    EXPECT_TRUE(explain_changes(found).passed);
    found.recorded[1] *= 1.0001;
    EXPECT_FALSE(found.agrees());
    EXPECT_FALSE(explain_changes(found).passed);
  }
}

TEST_F(StepChangesTest, ValidationLossIsAStory) {
  train_run(request());
  RecordedRun run = open();
  const Explanation all = explain(run, {.quantity = "validation.loss"});
  EXPECT_THAT(all.page, HasSubstr("The validation loss, epoch by epoch"));
  EXPECT_EQ(all.story.lines.size(), 10U) << "two losses of five epochs";
  const Explanation one = explain(run, {.quantity = "validation.loss", .epoch = 2});
  EXPECT_TRUE(one.passed);
  EXPECT_THAT(one.page, HasSubstr("Which validation rows got worse in epoch 2"));
  EXPECT_THAT(
      explain(run, {.quantity = "validation.loss", .epoch = 2}, {.language = Language::ko}).page,
      HasSubstr("2번째 에포크에서 나빠진 검증 데이터 행"));
  EXPECT_THROW(explain(run, {.quantity = "validation.loss", .epoch = 6}), UsageError);
  EXPECT_THROW(explain(run, {.quantity = "validation.loss", .step = 3}), UsageError);
  EXPECT_THROW(explain(run, {.quantity = "loss", .epoch = 2}), UsageError);
  TrainRequest without = request("without");
  without.validation = 0;
  train_run(without);
  RecordedRun unjudged = open("without");
  EXPECT_THROW(explain(unjudged, {.quantity = "validation.loss"}), UsageError);
}

}  // namespace
}  // namespace chainrule
