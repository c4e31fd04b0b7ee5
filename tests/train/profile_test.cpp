// The profile of a fit: what it counts, and that it changes nothing.
#include "chainrule/profile.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "chainrule/train.h"
#include "data/csv.h"

namespace chainrule {
namespace {

data::Prepared rows(int count) {
  std::string text = "a,b,class\n";
  for (int i = 0; i < count; ++i)
    text += std::to_string(i % 11) + "," + std::to_string(i % 7) + "," +
            (i % 11 + i % 7 > 8 ? "high" : "low") + "\n";
  data::PrepareOptions options;
  options.split = {.validation = 0.2, .test = 0.2, .seed = 5};
  return data::prepare(data::Source{data::parse_csv(text, "test.csv"), {}}, options);
}

struct Fitted {
  std::map<std::string, Tensor> weights;
  History history;
};

Fitted fit_rows(const data::Prepared& data, FitOptions options, std::int64_t units = 40) {
  Model model({nn::Dense{units, nn::tanh}, nn::Dropout{0.1}, nn::Dense{2}},
              loss_named("cross_entropy"), data.encoder.width(), {.seed = 3, .threads = 2});
  History history = fit(model, Adam{.learning_rate = 0.02}, data.train, data.validation,
                        data.encoder.target(), options);
  return {model.weights(), std::move(history)};
}

TEST(Profile, ChangesNoBit) {
  const data::Prepared data = rows(60);
  FitOptions options{.epochs = 4, .batch_size = 7, .seed = 9};
  const Fitted plain = fit_rows(data, options);
  Profile profile;
  options.profile = &profile;
  EXPECT_EQ(fit_rows(data, options).weights, plain.weights);
  EXPECT_EQ(profile.threads, 2);
}

TEST(Profile, CountsEveryStepOfBothPrograms) {
  const data::Prepared data = rows(60);  // 36 to train on: five batches of 7 and one of 1
  Profile profile;
  const Fitted fitted = fit_rows(data, {.epochs = 4, .batch_size = 7, .profile = &profile});
  ASSERT_EQ(profile.programs.size(), 2U);
  EXPECT_EQ(profile.programs[0].steps, 4 * 5);
  EXPECT_EQ(profile.programs[1].steps, 4 * 1);
  EXPECT_EQ(profile.steps(), fitted.history.steps);
  Profile again = profile;
  fit_rows(data, {.epochs = 1, .batch_size = 36, .profile = &again});
  EXPECT_EQ(again.steps(), 1) << "a profile begins anew";
}

TEST(Profile, SharesAddUpAndNoTimeIsNegative) {
  Profile profile;
  const Fitted fitted = fit_rows(rows(60), {.epochs = 3, .batch_size = 8, .profile = &profile});
  EXPECT_GE(profile.seconds, fitted.history.seconds);
  EXPECT_GT(profile.floor_per_flop, 0);
  EXPECT_GT(profile.floor_per_byte, 0);
  double share = 0, seconds = 0, flops = 0;
  for (const ProfileLine& line : lines_of(profile)) {
    EXPECT_GE(line.seconds, 0) << line.layer;
    EXPECT_GE(line.floor, 0) << line.layer;
    share += line.share;
    seconds += line.seconds;
    flops += line.flops;
  }
  EXPECT_NEAR(share, 1, 1e-12);
  EXPECT_NEAR(seconds, profile.seconds, 1e-9);
  // Per row: 2 x 40 and 40 x 2 forward and for the weights, 40 x 2 for the inputs.
  EXPECT_GE(flops, 3 * 36 * 2.0 * (5 * 80));
}

TEST(Profile, LinesAreLayersThenTheOptimizerThenTheRest) {
  Profile profile;
  fit_rows(rows(60), {.epochs = 1, .batch_size = 36, .profile = &profile});
  std::vector<std::string> layers;
  for (const ProfileLine& line : lines_of(profile))
    if (layers.empty() || layers.back() != line.layer) layers.push_back(line.layer);
  std::vector<std::string> sorted = layers;
  std::ranges::sort(sorted);
  EXPECT_TRUE(std::ranges::adjacent_find(sorted) == sorted.end()) << "a layer's lines are together";
  ASSERT_GE(layers.size(), 6U);
  EXPECT_EQ(std::vector(layers.end() - 3, layers.end()),
            (std::vector<std::string>{"optimizer", "data", "other"}));
}

// By hand: two calls of one layer and phase are one line, in units that are easy to see.
TEST(Profile, AddsUpCallsOfOneLayerAndPhase) {
  KernelCall call{.origin = {.layer = "dense1", .phase = Phase::weight_gradient},
                  .updates = true,
                  .product_flops = 100,
                  .flops = 120,
                  .update_bytes = 10};
  const Profile profile{
      .seconds = 8,
      .programs = {{.steps = 3, .gather_seconds = 1, .calls = {call, call}, .seconds = {1.5, 2.5}}},
      .floor_per_flop = 0.001,
      .floor_per_byte = 0.01};
  const std::vector<ProfileLine> lines = lines_of(profile);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].layer, "dense1");
  EXPECT_EQ(lines[0].what, "weight gradient, update");
  EXPECT_EQ(lines[0].seconds, 4);
  EXPECT_EQ(lines[0].share, 0.5);
  EXPECT_EQ(lines[0].flops, 3 * 2 * 120);
  EXPECT_NEAR(lines[0].floor, 3 * 2 * (100 * 0.001 + 10 * 0.01), 1e-12);
  EXPECT_EQ(lines[1].seconds, 1);
  EXPECT_EQ(lines[2].seconds, 3);
}

TEST(Profile, TheTraceIsJsonWithEveryCallOfItsSteps) {
  Profile profile;
  fit_rows(rows(60), {.epochs = 2, .batch_size = 7, .profile = &profile});
  const auto trace = nlohmann::json::parse(to_trace(profile));
  EXPECT_EQ(trace["otherData"]["traced"], "the first 12 of 12 steps");
  std::size_t expected = 2;  // the names of process and thread
  for (const TracedStep& step : profile.trace)
    expected += 2 + profile.programs[step.program].calls.size();
  EXPECT_EQ(trace["traceEvents"].size(), expected);
  double begin = 0, end = 0;  // of the step
  for (const auto& event : trace["traceEvents"]) {
    if (event["ph"] == "M") continue;
    ASSERT_EQ(event["ph"], "X");
    const double ts = event["ts"], duration = event["dur"];
    EXPECT_GE(duration, 0);
    if (event["cat"] == "step" && event["args"].contains("step")) {
      EXPECT_GE(ts, end - 0.002) << "steps come one after the other";
      begin = ts;
      end = ts + duration;
    }
    EXPECT_GE(ts, begin - 0.002) << event;  // the times are rounded to nanoseconds
    EXPECT_LE(ts + duration, end + 0.002) << event;
  }
}

TEST(Profile, TheTraceIsBounded) {
  Profile profile;
  fit_rows(rows(60), {.epochs = 10, .batch_size = 1, .profile = &profile}, 8);
  EXPECT_EQ(profile.steps(), 360);
  ASSERT_EQ(profile.trace.size(), Profile::most_traced_steps);
  EXPECT_EQ(profile.trace.front().step, 1);
  EXPECT_EQ(profile.trace.back().step, 200);
  EXPECT_LT(to_trace(profile).size(), 10'000'000U);
}

}  // namespace
}  // namespace chainrule
