// Averages of weights, schedules of dropout and decay, and batches in parts: in fits and in runs.
#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "chainrule/run.h"
#include "data/temporary_folder.h"
#include "given_data.h"
#include "nn/message.h"
#include "train/loop/steps.h"
#include "train/record/checkpoint.h"

namespace chainrule {
namespace {

using Recorded = Run;  // every test has a member function Run

// All of it at once; 105 rows to train on are five batches and a rest of five, in four parts.
TrainRequest with_all_settings(const std::string& out) {
  TrainRequest request{.data = iris, .out = out};
  request.epochs = 4;
  request.hidden = {{6}};
  request.dropout = 0.3;
  request.optimizer = "adamw";
  request.weight_decay = 0.05;
  request.batch_size = 20;
  request.seed = 9;
  request.threads = 1;
  request.checkpoint_every = 7;
  request.shards = 4;
  request.weight_average = 0.9;
  request.dropout_schedule = Schedule{.shape = Schedule::Shape::flat_cosine, .floor = 0.25};
  request.weight_decay_schedule = Schedule{.shape = Schedule::Shape::cosine, .warmup = 0.125};
  return request;
}

TEST(TrainingSettings, AreKeptInTheConfiguration) {
  const TemporaryFolder folder;
  const RunResult result = train_run(with_all_settings(folder.file("run")));
  EXPECT_EQ(result.config.fit.shards, 4);
  EXPECT_EQ(result.config.fit.weight_average, 0.9);
  const TrainRequest read = read_config(folder.file("run/config.toml"));
  EXPECT_EQ(read.shards, 4);
  EXPECT_EQ(read.weight_average, 0.9);
  EXPECT_EQ(read.dropout_schedule->shape, Schedule::Shape::flat_cosine);
  EXPECT_EQ(read.dropout_schedule->floor, 0.25);
  EXPECT_EQ(read.weight_decay_schedule->shape, Schedule::Shape::cosine);
  EXPECT_EQ(read.weight_decay_schedule->warmup, 0.125);
  TrainRequest again = read;
  again.out = folder.file("again");
  train_run(again);
  EXPECT_EQ(read_file(folder.file("again/config.toml")), read_file(folder.file("run/config.toml")));
  EXPECT_EQ(read_file(folder.file("again/model.safetensors")),
            read_file(folder.file("run/model.safetensors")));
}

TEST(TrainingSettings, GiveRunsThatAreResumedAndReplayedToTheBit) {
  const TemporaryFolder folder;
  const std::string whole = folder.file("whole"), cut = folder.file("cut");
  train_run(with_all_settings(whole));
  for (const int threads : {1, 2, 4}) {
    Recorded replay = Recorded::open(whole, {.threads = threads});
    const Recorded::Verification verification = replay.verify();
    EXPECT_GT(verification.compared, 5);
    EXPECT_FALSE(verification.difference) << threads;
  }
  train_run(with_all_settings(cut),
            {.on_progress = [](const Progress& now) { return now.step < 12; }});
  resume_run(cut, {.threads = 2});
  for (const char* file : {"/model.safetensors", "/config.toml"})
    EXPECT_EQ(read_file(whole + file), read_file(cut + file)) << file;
  const auto last = [](const std::string& run) {
    return read_record(read_file(run + "/record.csv"), Recorded::open(run).config().id)
        .lines.back();
  };
  EXPECT_EQ(last(whole).step, last(cut).step);
  EXPECT_EQ(last(whole).hash, last(cut).hash);
}

TEST(TrainingSettings, AreExplained) {
  const TemporaryFolder folder;
  train_run(with_all_settings(folder.file("run")));
  Recorded run = Recorded::open(folder.file("run"));
  for (const char* quantity : {"dense1.weight[2,1]", "dense1.weight.average[2,1]",
                               "dense2.bias.average[0]", "loss", "dropout1[3]"})
    for (const std::int64_t step : {1, 6, 17}) {  // step 6 has five rows
      const Explanation told = explain(run, {.quantity = quantity, .step = step});
      EXPECT_TRUE(told.passed) << quantity << " at step " << step << "\n" << told.page;
    }
}

TEST(TrainingSettings, AreTracedToWhereARunDiverged) {
  const TemporaryFolder folder;
  TrainRequest request = with_all_settings(folder.file("run"));
  request.optimizer = "sgd";
  request.learning_rate = 1e25;
  EXPECT_EQ(train_run(request).history.stopped, StopReason::diverged);
  Recorded run = Recorded::open(folder.file("run"));
  const Explanation told = trace_nan(run);
  EXPECT_TRUE(told.passed) << told.page;
  EXPECT_THAT(told.page, testing::HasSubstr("the run worked its rows in parts"));
}

// At half of the run, behind three quarters of it, and at its end.
TEST(TrainingSettings, SayWhatTheSchedulesMakeOfAStep) {
  const TemporaryFolder folder;
  train_run(with_all_settings(folder.file("run")));
  const Recorded run = Recorded::open(folder.file("run"));
  ASSERT_EQ(run.steps(), 24);
  EXPECT_EQ(run.batch(12).dropout_factor, 1);
  // 21 of 24 steps: half of the last quarter, so half of the way from 1 down to 0.25.
  EXPECT_NEAR(run.batch(21).dropout_factor, (1 + 0.25) / 2, 1e-12);
  EXPECT_NEAR(run.batch(24).dropout_factor, 0.25, 1e-12);
  // Three steps of warm-up, then half a cosine over 21.
  EXPECT_NEAR(run.batch(1).decay_factor, 1.0 / 3, 1e-12);
  EXPECT_NEAR(run.batch(10).decay_factor, (1 + std::cos(std::numbers::pi / 3)) / 2, 1e-12);
  EXPECT_NEAR(run.batch(24).decay_factor, 0, 1e-12);
}

// A model saved from a replay is that of the run, and its scores are the averages'.
TEST(TrainingSettings, EndInTheAveragesOfTheWeights) {
  const TemporaryFolder folder;
  TrainRequest request = with_all_settings(folder.file("run"));
  request.keep_best = false;
  const RunResult result = train_run(request);
  Recorded run = Recorded::open(folder.file("run"));
  std::map<std::string, std::vector<double>> averages;
  for (std::int64_t step = 1; step <= run.steps(); ++step) {
    run.advance();
    const double share = 0.1 / (1 - std::pow(0.9, step));
    for (const auto& [name, weights] : run.model().weights()) {
      averages[name].resize(weights.values.size());
      for (std::size_t i = 0; i < weights.values.size(); ++i)
        averages[name][i] += share * (static_cast<double>(weights.values[i]) - averages[name][i]);
    }
  }
  SavedRun saved = SavedRun::open(folder.file("run"));
  double apart = 0;
  for (const auto& [name, weights] : saved.model().weights())
    for (std::size_t i = 0; i < weights.values.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(weights.values[i]), averages[name][i], 1e-6);
      apart = std::max<double>(
          apart, std::abs(weights.values[i] - run.model().weights().at(name).values[i]));
    }
  EXPECT_GT(apart, 1e-3) << "the last weights are others";
  run.save_model(folder.file("replayed.safetensors"));
  EXPECT_EQ(read_file(folder.file("replayed.safetensors")),
            read_file(folder.file("run/model.safetensors")));
  EXPECT_EQ(evaluate(saved.model(), run.data().validation, run.data().encoder.target()).loss,
            result.history.epochs.back().validation->loss);
  EXPECT_EQ(result.validation.loss, result.history.epochs.back().validation->loss);
}

// From its first moment, and wherever it goes then, a replay has the averages that the run had.
TEST(TrainingSettings, HaveTheirAveragesInAReplayFromTheFirstStep) {
  const TemporaryFolder folder;
  TrainRequest request = with_all_settings(folder.file("run"));
  request.weight_average = 0.999;
  request.checkpoint_every = 0;
  train_run(request);
  const auto expect_recorded = [&](std::int64_t step) {
    Recorded run = Recorded::open(folder.file("run"));
    run.go_to(step);
    Recorded again = Recorded::open(folder.file("run"));
    again.verify(0);  // which begins anew
    again.go_to(step);
    EXPECT_EQ(run.hash(), again.hash()) << step;
    if (step == 0)
      for (const auto& parameter : run.model().parameters()) {
        const auto weights = run.model().session().values(parameter.name),
                   averages = run.model().session().values(parameter.name + ".average");
        EXPECT_TRUE(std::ranges::equal(weights, averages)) << parameter.name;
      }
  };
  for (const std::int64_t step : {0, 1, 7}) expect_recorded(step);
}

// What an earlier fit has averaged is none of a later one's.
TEST(TrainingSettings, ArePutAsideByTheNextFit) {
  data::PrepareOptions options;
  options.split = {.validation = 0.2, .test = 0};
  const data::Prepared data = data::prepare(data::open(iris), options);
  const auto trained = [&](double average, std::int64_t epochs) {
    Model model({nn::Dense{4, nn::tanh}, nn::Dense{3}}, loss_named("cross_entropy"),
                data.encoder.width(), {.seed = 3});
    FitOptions first{.epochs = epochs, .batch_size = 16, .keep_best = false};
    first.weight_average = average;
    const auto fit_with = [&](const FitOptions& fit_options) {
      fit(model, SGD{.learning_rate = 0.1}, data.train, data.validation, data.encoder.target(),
          fit_options);
      return model.weights();
    };
    const auto start = fit_with(first);
    return std::pair(start, fit_with({.epochs = 1, .batch_size = 16, .keep_best = false}));
  };
  const auto [averaged, after] = trained(0.9, 1);
  const auto [plain, plain_after] = trained(0, 1);
  EXPECT_NE(averaged, plain);
  EXPECT_NE(after, averaged) << "the second fit's own weights";
}

TEST(TrainingSettings, RefuseWhatDoesNotFit) {
  const TemporaryFolder folder;
  const auto refusal = [&](auto change) {
    TrainRequest request = with_all_settings(folder.file("refused"));
    change(request);
    return message([&] { train_run(request); });
  };
  EXPECT_EQ(refusal([](TrainRequest& request) { request.shards = 0; }),
            "shards = 0; it must be at least 1");
  EXPECT_EQ(refusal([](TrainRequest& request) { request.shards = 21; }),
            "shards = 21; with batches of 20 rows it must be from 1 to 20");
  EXPECT_EQ(refusal([](TrainRequest& request) { request.profile = true; }),
            "shards = 4: a profile is of steps in one shard, or of several ranks; leave one of the "
            "two out");
  EXPECT_EQ(refusal([](TrainRequest& request) { request.weight_average = 1; }),
            "weight average = 1; it must be at least 0 and below 1");
  EXPECT_EQ(refusal([](TrainRequest& request) { request.dropout = 0; }),
            "a schedule for dropout, but the network has no dropout layer; leave it out, or set "
            "dropout");
  EXPECT_EQ(refusal([](TrainRequest& request) { request.weight_decay = 0; }),
            "a schedule for the weight decay, which is 0; leave it out, or set the weight decay");
}

// A setting that changes nothing is not written, so a run keeps its id.
TEST(TrainingSettings, AreNotSaidWhereTheyAreAsUsual) {
  const TemporaryFolder folder;
  const auto config_of = [&](const std::string& name, auto change) {
    TrainRequest request{.data = iris, .out = folder.file(name)};
    request.epochs = 1;
    change(request);
    train_run(request);
    return read_file(folder.file(name + "/config.toml"));
  };
  const std::string plain = config_of("plain", [](TrainRequest&) {});
  EXPECT_EQ(plain, config_of("said", [](TrainRequest& request) {
              request.shards = 1;
              request.weight_average = 0;
              request.dropout_schedule = Schedule{};
              request.weight_decay_schedule = Schedule{};
            }));
  EXPECT_THAT(plain, testing::Not(testing::HasSubstr("shards")));
  EXPECT_THAT(plain, testing::Not(testing::HasSubstr("weight_average")));
  EXPECT_THAT(plain, testing::Not(testing::HasSubstr("schedule.")));
}

}  // namespace
}  // namespace chainrule
