#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "chainrule/train.h"
#include "data/csv.h"
#include "graph/op.h"
#include "train/loop/steps.h"

namespace chainrule {
namespace {

// y = 3a - 2b + noise-free, as text through the whole data path; 40 rows.
std::string plane() {
  std::string text = "a,b,y\n";
  for (int i = 0; i < 40; ++i) {
    const double a = i % 7 - 3, b = i % 5 * 0.5;
    text +=
        std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(3 * a - 2 * b) + "\n";
  }
  return text;
}

std::string two_classes() {
  std::string text = "a,b,class\n";
  for (int i = 0; i < 60; ++i)
    text += std::to_string(i % 11) + "," + std::to_string(i % 7) + "," +
            (i % 11 + i % 7 > 8 ? "high" : "low") + "\n";
  return text;
}

data::Prepared prepared(const std::string& text, double validation = 0.2) {
  data::PrepareOptions options;
  options.split = {.validation = validation, .test = 0.2, .seed = 5};
  return data::prepare(data::Source{data::parse_csv(text, "test.csv"), {}}, options);
}

Model small_model(const data::Prepared& data, int threads = 1) {
  const bool is_classes = data.encoder.target().task == data::Task::classification;
  return Model(
      {nn::Dense{8, nn::tanh}, nn::Dropout{0.1}, nn::Dense{data.encoder.target().outputs()}},
      loss_named(is_classes ? "cross_entropy" : "mean_squared_error"), data.encoder.width(),
      {.seed = 3, .threads = threads});
}

History fit_small(Model& model, const data::Prepared& data, FitOptions options) {
  return fit(model, Adam{.learning_rate = 0.02}, data.train, data.validation, data.encoder.target(),
             options);
}

TEST(Fit, LearnsAPlane) {
  const data::Prepared data = prepared(plane());
  Model model({nn::Dense{1}}, loss_named("mean_squared_error"), 2);
  fit(model, Adam{.learning_rate = 0.05}, data.train, data.validation, data.encoder.target(),
      {.epochs = 200, .batch_size = 8});
  const Scores scores = evaluate(model, data.test, data.encoder.target());
  EXPECT_GT(scores.r2, 0.9999);
  EXPECT_TRUE(std::isnan(scores.accuracy));
}

TEST(Fit, GivesTheSameBitsForAnyNumberOfThreadsAndAgain) {
  const data::Prepared data = prepared(two_classes());
  const FitOptions options{.epochs = 5, .batch_size = 7, .seed = 9};
  Model first = small_model(data);
  fit_small(first, data, options);
  for (const int threads : {1, 2, 4}) {
    Model again = small_model(data, threads);
    fit_small(again, data, options);
    EXPECT_EQ(again.weights(), first.weights()) << threads;
  }
  Model other = small_model(data);
  fit_small(other, data, {.epochs = 5, .batch_size = 7, .seed = 10});
  EXPECT_NE(other.weights(), first.weights()) << "the seed must matter";
}

// The truth is the same graph in double precision, stepped by hand over the same batches.
TEST(Fit, FollowsTheReferenceEvaluatorStepByStep) {
  const data::Prepared data = prepared(two_classes());
  const nn::Sequential network{nn::Dense{6, nn::gelu}, nn::Dropout{0.25}, nn::Dense{2}};
  const Loss loss = loss_named("cross_entropy");
  const Optimizer adam = Adam{.learning_rate = 0.01};
  Model model(network, loss, 2, {.seed = 4});
  const FitOptions options{.epochs = 2, .batch_size = 16, .seed = 2, .keep_best = false};
  fit(model, adam, data.train, data.validation, data.encoder.target(), options);

  Feeds feeds;
  std::int64_t step = 0;
  const auto count = static_cast<std::int64_t>(data.train.rows.size());
  for (std::uint64_t epoch = 1; epoch <= 2; ++epoch) {
    std::vector<std::int64_t> order(data.train.rows.size());
    data::epoch_order(order, options.seed, epoch);
    for (std::int64_t& position : order)
      position = data.train.rows[static_cast<std::size_t>(position)];
    for (std::int64_t begin = 0; begin < count; begin += 16) {
      const std::int64_t batch = std::min<std::int64_t>(16, count - begin);
      const TracedGraph traced = training_graph(network, loss, adam, batch, 2, 2, {.seed = 4});
      Tensor x({batch, 2}), target({batch, 2});
      data.train.data->gather(std::span(order).subspan(static_cast<std::size_t>(begin),
                                                       static_cast<std::size_t>(batch)),
                              x.values.data(), target.values.data());
      if (step == 0) {
        for (const auto& [name, value] : traced.initial) feeds[name] = value;
        for (const Node& node : traced.graph.nodes())
          if (node.op == &variable_op) feeds.try_emplace(node.name, DoubleTensor(node.shape));
      }
      ++step;
      feeds["x"] = {x.shape, {x.values.begin(), x.values.end()}};
      feeds["target"] = {target.shape, {target.values.begin(), target.values.end()}};
      feeds["learning_rate"] = {Shape{}, std::vector<double>{0.01}};
      feeds["step"] = {Shape{}, std::vector<double>{static_cast<double>(step)}};
      feeds["counter"] = {{2}, {static_cast<double>(step), 0}};
      const auto values = evaluate(traced.graph, feeds);
      for (const Update& update : traced.graph.updates())
        feeds[traced.graph.node(update.variable).name] =
            values[static_cast<std::size_t>(update.value)];
    }
  }
  for (const auto& [name, tensor] : model.weights())
    for (std::size_t i = 0; i < tensor.values.size(); ++i)
      EXPECT_NEAR(static_cast<double>(tensor.values[i]), feeds[name].values[i], 2e-5)
          << name << "[" << i << "]";
}

TEST(Fit, EndsWithTheWeightsOfTheBestEpoch) {
  const data::Prepared data = prepared(two_classes());
  Model model = small_model(data);
  const History history = fit_small(model, data, {.epochs = 30, .batch_size = 4, .patience = 3});
  double lowest = INFINITY;
  std::int64_t best = 0;
  for (const Progress& epoch : history.epochs)
    if (epoch.validation->loss < lowest) {
      lowest = epoch.validation->loss;
      best = epoch.epoch;
    }
  EXPECT_EQ(history.best_epoch, best);
  EXPECT_EQ(evaluate(model, data.validation, data.encoder.target()).loss, lowest);
  const bool ran_out = history.stopped == StopReason::patience;
  EXPECT_EQ(history.epochs.back().epoch, ran_out ? best + 3 : 30);
}

// With 48 epochs coslog4 is at its lowest behind 3.2, 9.6 and 22.4 of them: the cycles are the
// epochs 1 to 3, 4 to 10, 11 to 22 and the rest. Classes by chance: what is learnt is of the
// training rows alone.
TEST(Fit, LeavesOutALastCycleThatWouldTeachLittle) {
  std::string text = "a,b,class\n";
  RandomStream random(4, 1);
  for (int i = 0; i < 60; ++i)
    text += fmt::format("{},{},{}\n", random.below(9), random.below(9),
                        random.below(2) == 0 ? "low" : "high");
  const data::Prepared data = prepared(text);
  FitOptions options{.epochs = 48, .batch_size = 4};
  options.schedule.shape = Schedule::Shape::coslog4;
  const auto fitted = [&] {
    Model model = small_model(data);
    return fit(model, Adam{.learning_rate = 0.1}, data.train, data.validation,
               data.encoder.target(), options);
  };
  const History all = fitted();
  ASSERT_EQ(all.epochs.size(), 48U);
  const auto fall = [&](const auto& loss_of) {
    double before = INFINITY, within = INFINITY;
    for (std::size_t at = 0; at < 10; ++at) before = std::min(before, loss_of(all.epochs[at]));
    for (std::size_t at = 10; at < 22; ++at) within = std::min(within, loss_of(all.epochs[at]));
    return 1 - within / before;
  };
  const double train = fall([](const Progress& epoch) { return epoch.train_loss; });
  const double validation =
      std::max(0.0, fall([](const Progress& epoch) { return epoch.validation->loss; }));
  ASSERT_GT(train, 0.02);
  ASSERT_LT(validation, train / 2);

  options.cycle_gain = (validation + train) / 2;
  const History ended = fitted();
  EXPECT_EQ(ended.stopped, StopReason::cycle);
  ASSERT_EQ(ended.epochs.size(), 22U);
  for (std::size_t at = 0; at < ended.epochs.size(); ++at)
    EXPECT_EQ(ended.epochs[at].train_loss, all.epochs[at].train_loss) << at;
  options.schedule.shape = Schedule::Shape::cosine;
  EXPECT_EQ(fitted().epochs.size(), 48U) << "it has no cycles";
  options.schedule.shape = Schedule::Shape::coslog4;
  options.cycle_gain = (1 + train) / 2;
  EXPECT_EQ(fitted().stopped, StopReason::finished) << "it may still begin to learn";
}

TEST(Fit, GoesThroughTheLastCycleWhereTheOneBeforeTaughtSomething) {
  const data::Prepared data = prepared(two_classes());
  Model model = small_model(data);
  const History history = fit_small(model, data,
                                    {.epochs = 48,
                                     .batch_size = 4,
                                     .schedule = {.shape = Schedule::Shape::coslog4},
                                     .cycle_gain = 0.02});
  EXPECT_EQ(history.stopped, StopReason::finished);
  EXPECT_EQ(history.epochs.size(), 48U);
}

TEST(Fit, StopsWhenTheCallerSaysSo) {
  const data::Prepared data = prepared(two_classes());
  Model model = small_model(data);
  const History history =
      fit_small(model, data,
                {.epochs = 9,
                 .batch_size = 4,
                 .on_progress = [](const Progress& now) { return now.step < 5; },
                 .report_steps = 1});
  EXPECT_EQ(history.stopped, StopReason::caller);
  EXPECT_EQ(history.steps, 5);
}

TEST(Fit, SaysWhenTheLossIsNoLongerANumber) {
  const data::Prepared data = prepared(plane());
  Model model({nn::Dense{1}}, loss_named("mean_squared_error"), 2);
  const History history = fit(model, SGD{.learning_rate = 1e9}, data.train, data.validation,
                              data.encoder.target(), {.epochs = 50, .batch_size = 8});
  EXPECT_EQ(history.stopped, StopReason::diverged);
}

// Whoever goes on with the model must not find NaN in it.
TEST(Fit, LeavesTheWeightsItBeganWithWhenNoneAreWorthKeeping) {
  const data::Prepared data = prepared(plane());
  for (const bool keep_best : {true, false}) {
    Model model({nn::Dense{1}}, loss_named("mean_squared_error"), 2, {.seed = 8});
    const auto before = model.weights();
    const History history = fit(model, SGD{.learning_rate = 1e30}, data.train, data.validation,
                                data.encoder.target(), {.batch_size = 8, .keep_best = keep_best});
    EXPECT_EQ(history.stopped, StopReason::diverged);
    EXPECT_TRUE(history.epochs.empty()) << "it diverged in its first epoch";
    EXPECT_EQ(history.best_epoch, 0);
    EXPECT_EQ(model.weights(), before);
  }
}

TEST(Fit, KeepsTheBestWeightsWhenItDivergesLater) {
  const data::Prepared data = prepared(plane());
  Model model({nn::Dense{1}}, loss_named("mean_squared_error"), 2, {.seed = 8});
  std::map<std::string, Tensor> best;
  double lowest = INFINITY;
  const auto keep = [&](const Progress& now) {
    if (!now.epoch_done || !(now.validation->loss < lowest)) return true;
    lowest = now.validation->loss;
    best = model.weights();
    return true;
  };
  // One batch an epoch, and steps of alternating sign that grow until they overflow.
  const History history =
      fit(model, SGD{.learning_rate = 20}, data.train, data.validation, data.encoder.target(),
          {.epochs = 500, .batch_size = 1000, .on_progress = keep});
  EXPECT_EQ(history.stopped, StopReason::diverged);
  EXPECT_GE(history.best_epoch, 1);
  EXPECT_EQ(model.weights(), best);
}

TEST(Fit, HasNoPatienceWithoutRowsToJudgeBy) {
  const data::Prepared data = prepared(plane(), 0);
  Model model({nn::Dense{1}}, loss_named("mean_squared_error"), 2);
  const auto fitting = [&](std::int64_t patience) {
    fit(model, SGD{}, data.train, data.validation, data.encoder.target(),
        {.epochs = 1, .patience = patience});
  };
  EXPECT_NO_THROW(fitting(0));
  try {
    fitting(3);
    ADD_FAILURE() << "it was accepted";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "fit: patience = 3, but there are no validation rows whose loss could stop it; "
                 "give some, or set patience = 0");
  }
}

TEST(Fit, CountsStepsWithoutOverflow) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const data::Prepared data = prepared(plane());
  Model model({nn::Dense{1}}, loss_named("mean_squared_error"), 2);
  const auto& target = data.encoder.target();
  for (const std::int64_t epochs : {most, most / 2, (std::int64_t{1} << 48) + 1})
    EXPECT_THROW(fit(model, SGD{}, data.train, data.validation, target, {.epochs = epochs}),
                 UsageError);
  const History history =
      fit(model, SGD{}, data.train, data.validation, target, {.epochs = 2, .batch_size = most});
  EXPECT_EQ(history.steps, 2) << "all rows in one batch";
}

TEST(Fit, LetsTheCallersOwnExceptionsThrough) {
  struct Mine {};
  const data::Prepared data = prepared(plane());
  Model model({nn::Dense{1}}, loss_named("mean_squared_error"), 2);
  const auto fitting = [&](const FitOptions& options) {
    fit(model, SGD{}, data.train, data.validation, data.encoder.target(), options);
  };
  EXPECT_THROW(fitting({.on_progress = [](const Progress&) -> bool { throw Mine{}; }}), Mine);
  EXPECT_THROW(fitting({.on_step = [](const FitState&) { throw Mine{}; }}), Mine);
}

TEST(Fit, RefusesWhatDoesNotFit) {
  const data::Prepared data = prepared(plane());
  Model narrow({nn::Dense{1}}, loss_named("mean_squared_error"), 3);
  const auto& target = data.encoder.target();
  EXPECT_THROW(fit(narrow, SGD{}, data.train, data.validation, target), UsageError);
  Model model({nn::Dense{1}}, loss_named("mean_squared_error"), 2);
  EXPECT_THROW(fit(model, SGD{}, data.train, data.validation, target, {.epochs = 0}), UsageError);
  EXPECT_THROW(fit(model, SGD{}, data.train, data.validation, target, {.batch_size = 0}),
               UsageError);
  for (const Schedule& schedule :
       {Schedule{.warmup = 1}, Schedule{.floor = -0.1}, Schedule{.floor = 1.1}})
    EXPECT_THROW(fit(model, SGD{}, data.train, data.validation, target, {.schedule = schedule}),
                 UsageError);
  EXPECT_THROW(fit(model, SGD{.learning_rate = -1}, data.train, data.validation, target),
               UsageError);
}

TEST(Schedule, RisesThenFollowsHalfACosine) {
  const Schedule schedule{.shape = Schedule::Shape::cosine, .warmup = 0.1, .floor = 0.2};
  EXPECT_DOUBLE_EQ(learning_rate_at(schedule, 2.0, 5, 100), 1.0);   // half of the warm-up
  EXPECT_DOUBLE_EQ(learning_rate_at(schedule, 2.0, 10, 100), 2.0);  // its end
  EXPECT_DOUBLE_EQ(learning_rate_at(schedule, 2.0, 55, 100), 1.2);  // half way: (1 + 0.2) / 2
  EXPECT_NEAR(learning_rate_at(schedule, 2.0, 100, 100), 0.4, 1e-15);
  EXPECT_DOUBLE_EQ(learning_rate_at({}, 2.0, 77, 100), 2.0);
  using enum Schedule::Shape;
  const auto rate = [](Schedule::Shape shape, std::int64_t step, double floor = 0) {
    return learning_rate_at({.shape = shape, .floor = floor}, 1.0, step, 1000);
  };
  EXPECT_DOUBLE_EQ(rate(flat_cosine, 750), 1);
  EXPECT_DOUBLE_EQ(rate(flat_cosine, 875), 0.5);
  EXPECT_DOUBLE_EQ(rate(flat_cosine, 1000, 0.2), 0.2);
  EXPECT_NEAR(rate(exponential, 500), 0.1, 1e-15);
  EXPECT_NEAR(rate(exponential, 1000, 0.0625), 0.0625, 1e-15);
  EXPECT_DOUBLE_EQ(rate(step, 499), 1);
  EXPECT_DOUBLE_EQ(rate(step, 500), 0.1);
  EXPECT_DOUBLE_EQ(rate(step, 750), 0.01);
  EXPECT_NEAR(rate(one_cycle, 0), 0.04, 1e-15);
  EXPECT_NEAR(learning_rate_at({.shape = one_cycle}, 1.0, 300, 900), 1, 1e-15);
  EXPECT_NEAR(learning_rate_at({.shape = one_cycle}, 1.0, 600, 900), 0.5, 1e-15);
  // log2(1 + 15 t) is whole at t = 1/15, 3/15, 7/15 and 1: there the four cycles end.
  for (const std::int64_t end : {100, 300, 700, 1500})
    EXPECT_NEAR(learning_rate_at({.shape = coslog4}, 1.0, end, 1500), 0, 1e-12) << end;
  EXPECT_NEAR(learning_rate_at({.shape = coslog4}, 1.0, 1000, 1500),
              0.5 * (1 - std::cos(2 * std::numbers::pi * std::log2(11.0))), 1e-12);
}

// Three classes by hand: actual 0 0 1 1 2, predicted 0 1 1 1 0 by a network that passes its inputs.
TEST(Scores, MatchACountByHand) {
  const std::string text = "a,b,c,class\n9,1,0,x\n1,9,0,x\n0,9,1,y\n2,9,0,y\n9,0,1,z\n";
  const data::Source source{data::parse_csv(text, "test.csv"), {}};
  const data::Target target = data::decide_target(source);
  data::EncodeOptions encode;
  encode.scaling = data::Scaling::none;
  const data::Encoder encoder = data::Encoder::fit(source, target, target.rows, encode);
  const auto dataset =
      std::make_shared<data::Dataset>(encoder.encode(std::get<data::Table>(source.main)));
  const DoubleTensor identity({3, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1});
  Model model({nn::Dense{.units = 3, .bias = false, .weight = identity}},
              loss_named("cross_entropy"), 3);
  const Scores scores = evaluate(model, {dataset, target.rows}, encoder.target());
  EXPECT_EQ(scores.confusion,
            (std::vector<std::vector<std::int64_t>>{{1, 1, 0}, {0, 2, 0}, {1, 0, 0}}));
  EXPECT_DOUBLE_EQ(scores.accuracy, 0.6);
  EXPECT_DOUBLE_EQ(scores.macro_f1, (0.5 + 0.8 + 0.0) / 3);
  const auto minus_log_softmax = [](double own, double second, double third) {
    return -std::log(std::exp(own) / (std::exp(own) + std::exp(second) + std::exp(third)));
  };
  EXPECT_NEAR(
      scores.loss,
      (minus_log_softmax(9, 1, 0) + minus_log_softmax(1, 9, 0) + minus_log_softmax(9, 0, 1) +
       minus_log_softmax(9, 2, 0) + minus_log_softmax(1, 9, 0)) /
          5,
      1e-6);
}

TEST(Scores, AreInTheTargetsOwnUnits) {
  const std::string text = "a,y\n0,100\n1,110\n2,140\n3,150\n";
  data::TargetOptions regression;
  regression.task = data::Task::regression;
  const data::Source source{data::parse_csv(text, "test.csv"), {}};
  const data::Target target = data::decide_target(source, regression);
  const data::Encoder encoder = data::Encoder::fit(source, target, target.rows);
  const auto dataset =
      std::make_shared<data::Dataset>(encoder.encode(std::get<data::Table>(source.main)));
  // Predicts the mean, 125, for every row.
  Model model({nn::Dense{.units = 1, .init = nn::Init::zeros}}, loss_named("mean_squared_error"),
              1);
  const Scores scores = evaluate(model, {dataset, target.rows}, encoder.target());
  EXPECT_NEAR(scores.rmse, std::sqrt((25.0 * 25 + 15 * 15 + 15 * 15 + 25 * 25) / 4), 1e-4);
  EXPECT_NEAR(scores.mae, 20, 1e-4);
  EXPECT_NEAR(scores.r2, 0, 1e-6);
}

}  // namespace
}  // namespace chainrule
