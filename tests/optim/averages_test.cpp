// Moving averages of weights, and what a schedule makes of the weight decay.
#include <cmath>

#include <gtest/gtest.h>

#include "chainrule/nn.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "nn/message.h"

namespace chainrule {
namespace {

// A weight and a bias of two numbers each, whose gradients are an input.
struct AveragedStep {
  explicit AveragedStep(const Optimizer& optimizer, double average, bool schedules_decay = false) {
    const Value weight = graph.variable("weight", {2}), bias = graph.variable("bias", {2});
    const Value g = graph.input("g", {2}), step = graph.input("step", {});
    const std::vector<nn::Parameter> parameters{{"weight", weight, {}}, {"bias", bias, {}, 0}};
    add_updates(optimizer, parameters, {g, g}, graph.input("rate", {}), step,
                schedules_decay ? graph.input("decay_factor", {}) : Value{});
    if (average > 0) add_averages(parameters, average, step);
    verify(graph);
    for (const Update& update : graph.updates())
      feeds[graph.node(update.variable).name] = DoubleTensor(Shape{2});
    feeds["weight"].values = feeds["bias"].values = {1, -2};
    feeds["rate"] = {{}, {0.1}};
  }

  void run(int t, double g, double decay_factor = 1) {
    feeds["g"] = {{2}, {g, 1}};
    feeds["step"] = {{}, {static_cast<double>(t)}};
    feeds["decay_factor"] = {{}, {decay_factor}};
    const auto values = evaluate(graph, feeds);
    for (const Update& update : graph.updates())
      feeds[graph.node(update.variable).name] = values[static_cast<std::size_t>(update.value)];
  }

  Graph graph;
  Feeds feeds;
};

// As the paper writes it: (1 - d) sum of d^(t - s) w_s, divided by 1 - d^t. What stands in the
// variable before the first step does not matter.
TEST(Averages, AreTheExponentialAverageWithItsBiasCorrected) {
  const double d = 0.9;
  AveragedStep stepper(SGD{}, d);
  stepper.feeds["weight.average"].values = {77, -77};
  std::vector<double> weights;
  for (int t = 1; t <= 9; ++t) {
    stepper.run(t, std::sin(t));
    weights.push_back(stepper.feeds["weight"].values[0]);
    double sum = 0;
    for (int s = 1; s <= t; ++s)
      sum += (1 - d) * std::pow(d, t - s) * weights[static_cast<std::size_t>(s - 1)];
    EXPECT_NEAR(stepper.feeds["weight.average"].values[0], sum / (1 - std::pow(d, t)), 1e-13) << t;
    EXPECT_NE(stepper.feeds["weight.average"].values[0], weights.back() + (t == 1 ? 1 : 0));
  }
}

TEST(Averages, ChangeNoWeight) {
  AveragedStep with(Adam{}, 0.5), without(Adam{}, 0);
  for (int t = 1; t <= 4; ++t) {
    with.run(t, t);
    without.run(t, t);
  }
  EXPECT_EQ(with.feeds["weight"], without.feeds["weight"]);
  EXPECT_TRUE(with.graph.find("bias.average"));
  EXPECT_FALSE(without.graph.find("bias.average"));
}

TEST(Averages, RefuseWhatMakesNone) {
  for (const double decay : {0.0, 1.0, -0.5, std::nan("")}) {
    Graph graph;
    const std::string refusal = message([&] { add_averages({}, decay, graph.input("step", {})); });
    EXPECT_EQ(refusal, fmt::format("the weights' average: decay = {}; it must be above 0 and "
                                   "below 1.",
                                   decay));
  }
  Graph graph;
  const Value w = graph.variable("w", {});
  EXPECT_EQ(message([&] {
              add_averages({{"w", w, {}}}, 0.5, graph.input("step", {}));
            }),
            "nothing updates w; add the updates before the averages.");
  AveragedStep stepper(SGD{}, 0.5);
  EXPECT_EQ(message([&] { stepper.run(0, 1); }),
            "step is 0; it must be at least 1: averages of weights count their steps from 1");
}

// A decay of 0.3, a third of it in this step, and none of a bias.
TEST(WeightDecay, IsMultipliedByItsFactor) {
  const double w = 1, g = 0.25, rate = 0.1, decay = 0.3 * 0.5;
  AveragedStep sgd(SGD{.weight_decay = 0.3}, 0, true);
  sgd.run(1, g, 0.5);
  EXPECT_NEAR(sgd.feeds["weight"].values[0], w - rate * (g + decay * w), 1e-15);
  EXPECT_NEAR(sgd.feeds["bias"].values[0], w - rate * g, 1e-15);
  AveragedStep adamw(AdamW{.weight_decay = 0.3}, 0, true);
  adamw.run(1, g, 0.5);  // Adam's first step is as long as the rate
  EXPECT_NEAR(adamw.feeds["weight"].values[0], w - rate * (1 + decay * w), 1e-8);
  EXPECT_NEAR(adamw.feeds["bias"].values[0], w - rate, 1e-8);
}

TEST(WeightDecay, IsMultipliedByTheParametersOwnFactor) {
  for (const double factor : {0.0, 0.25, 1.0, 3.0}) {
    Graph graph;
    const Value w = graph.variable("w", {}), v = graph.variable("v", {});
    add_updates(AdamW{.weight_decay = 0.3}, {{"w", w, {}, factor}, {"v", v, {}, 1}},
                {graph.constant(2), graph.constant(2)}, graph.constant(0.1), graph.constant(1));
    Feeds feeds;
    for (const Update& update : graph.updates())
      feeds[graph.node(update.variable).name] = DoubleTensor({}, {0.0});
    feeds["w"] = feeds["v"] = {{}, {5}};
    const auto values = evaluate(graph, feeds);
    for (const Update& update : graph.updates()) {
      const std::string& name = graph.node(update.variable).name;
      if (name != "w" && name != "v") continue;
      EXPECT_NEAR(values[static_cast<std::size_t>(update.value)].values[0],
                  5 - 0.1 * (1 + (name == "w" ? factor : 1) * 0.3 * 5), 1e-8);
    }
  }
}

}  // namespace
}  // namespace chainrule
