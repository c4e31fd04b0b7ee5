// The steps of a fit, and a fit that goes on from any of them.
#include "train/loop/steps.h"

#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "data/csv.h"

namespace chainrule {
namespace {

// 60 rows of two classes, of which 40 are left to train on.
data::Prepared prepared() {
  std::string text = "a,b,class\n";
  for (int i = 0; i < 60; ++i)
    text += std::to_string(i % 11) + "," + std::to_string(i % 7) + "," +
            (i % 11 + i % 7 > 8 ? "high" : "low") + "\n";
  data::PrepareOptions options;
  options.split = {.validation = 0.2, .test = 0.1, .seed = 5};
  return data::prepare(data::Source{data::parse_csv(text, "test.csv"), {}}, options);
}

Model a_model(int threads = 1) {
  return Model({nn::Dense{8, nn::tanh}, nn::Dropout{0.2}, nn::Dense{2}},
               loss_named("cross_entropy"), 2, {.seed = 3, .threads = threads});
}

TEST(Steps, TakeEveryRowOnceAnEpochInTheOrderOfTheSeed) {
  const data::Prepared data = prepared();
  const FitOptions options{.epochs = 3, .batch_size = 9, .seed = 7};
  Model model = a_model();
  Steps steps(model, SGD{}, data.train, options);
  const std::int64_t rows = data.train.size();
  ASSERT_NE(rows % 9, 0) << "a smaller batch is left over";
  EXPECT_EQ(steps.per_epoch(), rows / 9 + 1);
  EXPECT_EQ(steps.count(), 3 * steps.per_epoch());
  for (std::int64_t epoch = 1; epoch <= 3; ++epoch) {
    std::vector<std::int64_t> order(data.train.rows.size()), taken;
    data::epoch_order(order, 7, static_cast<std::uint64_t>(epoch));
    for (std::int64_t& row : order) row = data.train.rows[static_cast<std::size_t>(row)];
    for (std::int64_t k = 1; k <= steps.per_epoch(); ++k) {
      const Steps::Batch batch = steps.batch((epoch - 1) * steps.per_epoch() + k);
      EXPECT_EQ(batch.epoch, epoch);
      EXPECT_EQ(batch.rows_before, static_cast<std::int64_t>(taken.size()));
      EXPECT_EQ(batch.ends_epoch, k == steps.per_epoch());
      taken.insert(taken.end(), batch.rows.begin(), batch.rows.end());
    }
    EXPECT_EQ(taken, order);
  }
}

struct Case {
  const char* name;
  Optimizer optimizer;
  FitOptions options;
};

// Fits once without a break, and again from every state that the first fit passed through.
void expect_the_same_from_every_step(const Case& the) {
  SCOPED_TRACE(the.name);
  const data::Prepared data = prepared();
  const auto run = [&](Model& model, const FitOptions& options) {
    return fit(model, the.optimizer, data.train, data.validation, data.encoder.target(), options);
  };
  std::vector<FitStart> starts;
  Model whole = a_model();
  FitOptions options = the.options;
  options.on_step = [&](const FitState& state) {
    starts.push_back({state, variables_of(whole.session())});
  };
  const History wanted = run(whole, options);
  ASSERT_EQ(starts.size(), static_cast<std::size_t>(wanted.steps) + 1);
  EXPECT_EQ(starts.front().state.step, 0);
  EXPECT_TRUE(starts.back().state.is_over);
  for (const FitStart& start : starts) {
    Model model = a_model();
    options = the.options;
    options.start = &start;
    const History history = run(model, options);
    EXPECT_EQ(variables_of(model.session()), variables_of(whole.session())) << start.state.step;
    EXPECT_EQ(history.steps, wanted.steps);
    EXPECT_EQ(history.stopped, wanted.stopped);
    EXPECT_EQ(history.best_epoch, wanted.best_epoch);
    ASSERT_EQ(history.epochs.size(), wanted.epochs.size());
    for (std::size_t i = 0; i < wanted.epochs.size(); ++i) {
      EXPECT_EQ(history.epochs[i].train_loss, wanted.epochs[i].train_loss);
      EXPECT_EQ(history.epochs[i].validation->loss, wanted.epochs[i].validation->loss);
    }
  }
}

TEST(Fit, GoesOnFromAnyStepAsIfItHadNotStopped) {
  const Schedule cosine{.shape = Schedule::Shape::cosine, .warmup = 0.2};
  const Case cases[] = {
      {"momentum", SGD{.learning_rate = 0.1, .momentum = 0.9}, {.epochs = 4, .batch_size = 9}},
      {"schedule",
       AdamW{.learning_rate = 0.02},
       {.epochs = 4, .batch_size = 8, .schedule = cosine}},
      {"last weights",
       Adam{.learning_rate = 0.05},
       {.epochs = 4, .batch_size = 16, .clip_norm = 0.5, .keep_best = false}},
      {"patience",
       Adam{.learning_rate = 0.5},
       {.epochs = 40, .batch_size = 13, .seed = 1, .patience = 3}},
      {"cycles",
       Adam{.learning_rate = 0.05},
       {.epochs = 12,
        .batch_size = 13,
        .schedule = {.shape = Schedule::Shape::coslog4},
        .cycle_gain = 0.9}},
      {"averages",
       Adam{.learning_rate = 0.05},
       {.epochs = 3, .batch_size = 9, .weight_average = 0.8}},
      {"last averages, and parts",
       SGD{.learning_rate = 0.1, .momentum = 0.9},
       {.epochs = 3,
        .batch_size = 9,
        .clip_norm = 0.5,
        .weight_average = 0.8,
        .shards = 4,
        .keep_best = false}},
      {"schedules of dropout and decay",
       AdamW{.learning_rate = 0.02, .weight_decay = 0.1},
       {.epochs = 3,
        .batch_size = 9,
        .dropout_schedule = {.shape = Schedule::Shape::flat_cosine},
        .weight_decay_schedule = cosine}}};
  for (const Case& each : cases) expect_the_same_from_every_step(each);
}

TEST(Fit, RefusesAStartThatIsNotTheModels) {
  const data::Prepared data = prepared();
  Model model = a_model();
  const FitStart start{.state = {}, .variables = model.weights()};  // no m and v
  FitOptions options;
  options.start = &start;
  EXPECT_THROW(fit(model, Adam{}, data.train, data.validation, data.encoder.target(), options),
               UsageError);
}

}  // namespace
}  // namespace chainrule
