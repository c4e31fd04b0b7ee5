#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/gradient.h"
#include "chainrule/nn.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "nn/message.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

using nn::Dense, nn::Dropout, nn::Init, nn::Sequential;

nn::Traced trace_on(Graph& graph, const Sequential& model, std::int64_t inputs = 2,
                    std::uint64_t seed = 1) {
  return nn::trace(model, graph.input("x", {3, inputs}), seed);
}

std::string refusal(const Sequential& model, std::int64_t inputs = 2) {
  return message([&] {
    Graph graph;
    trace_on(graph, model, inputs);
  });
}

std::vector<DoubleTensor> initials(const Sequential& model, std::int64_t inputs = 2,
                                   std::uint64_t seed = 1) {
  Graph graph;
  std::vector<DoubleTensor> values;
  for (const nn::Parameter& p : trace_on(graph, model, inputs, seed).parameters)
    values.push_back(p.initial);
  return values;
}

std::vector<double> outputs(const Sequential& model, const DoubleTensor& x) {
  Graph graph;
  const nn::Traced traced = nn::trace(model, graph.input("x", x.shape), 1);
  Feeds feeds{{"x", x}};
  for (const nn::Parameter& p : traced.parameters) feeds[p.name] = p.initial;
  return evaluate(graph, feeds)[static_cast<std::size_t>(traced.output.id())].values;
}

TEST(Activations, AreAllOperationsOfTheirName) {
  const auto all = nn::activations();
  EXPECT_EQ(all.size(), 10u);
  for (const nn::Activation& activation : all) {
    EXPECT_EQ(nn::activation_named(activation.name), activation);
    Graph graph;
    const nn::Traced traced = trace_on(graph, {Dense{2, activation}});
    if (activation == nn::identity)
      EXPECT_EQ(traced.output, traced.z);
    else
      EXPECT_EQ(traced.output.node().op, find_op(activation.name)) << activation.name;
  }
}

TEST(Activations, UseTheOperationsDefaults) {
  const DoubleTensor weight({1, 1}, {1.0}), x({1, 1}, {-2.0});
  const auto through = [&](nn::Activation activation) {
    return outputs({Dense{.units = 1, .activation = activation, .bias = false, .weight = weight}},
                   x)[0];
  };
  EXPECT_DOUBLE_EQ(through(nn::leaky_relu), -0.02);
  EXPECT_DOUBLE_EQ(through(nn::elu), std::expm1(-2.0));
}

TEST(Activations, SuggestTheNearestName) {
  EXPECT_EQ(message([] { nn::activation_named("rleu"); }),
            "there is no activation \"rleu\"; did you mean \"relu\"?");
  EXPECT_EQ(refusal({Dense{2, {"sigmod"}}}),
            "dense1: there is no activation \"sigmod\"; did you mean \"sigmoid\"?");
}

TEST(Trace, NamesItsNodesInTheUsersWords) {
  Graph graph;
  const Value x = graph.input("x", {4, 3}), counter = graph.input("counter", {2});
  const nn::Traced traced =
      nn::trace({Dropout{0.1}, Dense{5, nn::relu}, Dropout{0.5}, nn::tanh, Dense{2}}, x, 1,
                {.training = true, .counter = counter});
  verify(graph);
  std::vector<std::string> names;
  for (const Node& node : graph.nodes())
    if (!node.name.empty()) names.push_back(node.name);
  EXPECT_THAT(names,
              testing::ElementsAre("x", "counter", "dropout1", "dense1.weight", "dense1.bias",
                                   "dense1.z", "dense1.h", "dropout2", "activation1",
                                   "dense2.weight", "dense2.bias", "dense2.z"));
  EXPECT_EQ(traced.output.node().name, "dense2.z");
  EXPECT_EQ(traced.output.shape(), (Shape{4, 2}));
}

TEST(Trace, StoresWeightsAsUnitsByInputsAndDecaysThemOnly) {
  Graph graph;
  const nn::Traced traced = trace_on(graph, {Dense{5, nn::relu}, Dense{3}});
  ASSERT_EQ(traced.parameters.size(), 4u);
  const Shape shapes[] = {{5, 2}, {5}, {3, 5}, {3}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(traced.parameters[i].initial.shape, shapes[i]);
    EXPECT_EQ(traced.parameters[i].variable.shape(), shapes[i]);
    EXPECT_EQ(traced.parameters[i].variable.node().name, traced.parameters[i].name);
    EXPECT_EQ(traced.parameters[i].decay_factor, i % 2 == 0 ? 1 : 0);
  }
}

TEST(Trace, ComputesXTimesWTransposedPlusB) {
  const Dense layer{.units = 2,
                    .weight = DoubleTensor({2, 3}, {1, 2, 3, 4, 5, 6}),
                    .bias_values = DoubleTensor({2}, {0.5, -0.5})};
  EXPECT_EQ(outputs({layer}, {{2, 3}, {1, 0, -1, 2, 2, 2}}),
            (std::vector<double>{-1.5, -2.5, 12.5, 29.5}));
}

TEST(Trace, TakesAnActivationAfterADenseLayerAsItsOwn) {
  Graph separate, joined;
  const nn::Traced a = trace_on(separate, {Dense{4}, nn::relu, Dense{2}, nn::softmax});
  const nn::Traced b = trace_on(joined, {Dense{4, nn::relu}, Dense{2, nn::softmax}});
  EXPECT_EQ(print(separate), print(joined));
  EXPECT_EQ(a.last, nn::softmax);
  EXPECT_EQ(a.z.node().name, "dense2.z");
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(a.parameters[i].initial, b.parameters[i].initial);
}

TEST(Trace, RefusesWhatDoesNotFit) {
  EXPECT_EQ(refusal({}), "the network has no layer. Give it at least one, such as Dense{1}.");
  EXPECT_EQ(refusal({Dense{0}}), "dense1: units = 0; it must be from 1 to 10000000.");
  EXPECT_EQ(refusal({Dense{2}, Dense{-3}}), "dense2: units = -3; it must be from 1 to 10000000.");
  EXPECT_EQ(refusal({Dense{10000000}}, 300),
            "dense1.weight: a tensor of shape [10000000, 300] has more than 2147483648 numbers. "
            "Make the layer smaller.");
  EXPECT_EQ(refusal({Dense{2}, Dropout{0.5}}),
            "the network ends in dropout, which would drop its answers. Put a dense layer after "
            "it, or leave it out.");
  EXPECT_EQ(refusal({Dropout{1.0}, Dense{2}}),
            "dropout1: rate = 1; it must be at least 0 and below 1.");
  EXPECT_EQ(refusal({Dense{2}}, 0),
            "the network's input has shape [3, 0]; it must be [batch, inputs] with at least 1 "
            "input, or [batch, channels, height, width].");
  EXPECT_EQ(message([] {
              Graph graph;
              nn::trace({Dense{2}}, graph.input("x", {3, 2}), 1,
                        {.counter = graph.input("counter", {4})});
            }),
            "the counter has shape [4]; it must be [2] or, for a part of a batch, [3].");
}

TEST(Trace, RefusesGivenValuesThatDoNotFit) {
  const auto weighted = [](std::int64_t units, Shape shape) {
    return Dense{.units = units, .weight = DoubleTensor(shape)};
  };
  EXPECT_EQ(refusal({Dense{64, nn::relu}, weighted(10, {10, 128})}),
            "dense2: expected inputs of width 128, got 64 (from dense1). Set units = 128 in "
            "dense1, or give 64 numbers in each row of the weight here.");
  EXPECT_EQ(refusal({weighted(2, {2, 3})}),
            "dense1: expected inputs of width 3, got 2 (from the network's input). Set input = 3, "
            "or give 2 numbers in each row of the weight here.");
  EXPECT_EQ(refusal({weighted(2, {3, 2})}),
            "dense1: expected a weight of shape [2, 2], one row per unit, got [3, 2].");
  EXPECT_EQ(refusal({weighted(2, {4})}),
            "dense1: expected a weight of shape [2, 2], one row per unit, got [4].");
  EXPECT_EQ(refusal({Dense{.units = 2, .bias_values = DoubleTensor({3})}}),
            "dense1: expected 2 numbers for the bias, one per unit, got shape [3].");
  EXPECT_EQ(refusal({Dense{.units = 2, .bias = false, .bias_values = DoubleTensor({2})}}),
            "dense1: values for the bias, but bias = false. Leave one of them out.");
  EXPECT_EQ(refusal({Dense{.units = 1, .weight = DoubleTensor({1, 2}, {0, std::nan("")})}}),
            "dense1.weight: value 2 of 2 is nan. Give finite numbers.");
}

TEST(Init, DrawsUniformlyWithTheRulesRangeAndVariance) {
  const double inputs = 300, units = 200;
  const std::pair<Init, double> rules[] = {{Init::xavier, std::sqrt(6 / (inputs + units))},
                                           {Init::he, std::sqrt(6 / inputs)},
                                           {Init::lecun, std::sqrt(3 / inputs)}};
  for (const auto& [init, a] : rules) {
    const DoubleTensor w = initials({Dense{.units = 200, .init = init}}, 300)[0];
    double sum = 0, squares = 0;
    for (const double v : w.values) sum += v, squares += v * v;
    const auto count = static_cast<double>(w.values.size());
    EXPECT_NEAR(sum / count, 0, 5 * a / std::sqrt(3 * count));  // five standard errors
    EXPECT_NEAR(squares / count / (a * a / 3), 1, 0.02);
    const auto [low, high] = std::ranges::minmax(w.values);
    EXPECT_GE(low, -a);
    EXPECT_LT(high, a);
    EXPECT_LT(low, -0.999 * a);
    EXPECT_GT(high, 0.999 * a);
  }
}

TEST(Init, StartsBiasesAndOnRequestWeightsAtZero) {
  for (const DoubleTensor& values : initials({Dense{.units = 4, .init = Init::zeros}}))
    EXPECT_EQ(values, DoubleTensor(values.shape));
}

TEST(Init, AutomaticIsHeBeforeRectifiersAndXavierElsewhere) {
  for (const nn::Activation& activation : nn::activations()) {
    const bool he = activation == nn::relu || activation == nn::leaky_relu ||
                    activation == nn::elu || activation == nn::gelu || activation == nn::silu ||
                    activation == nn::softplus;
    const Dense automatic{.units = 3, .activation = activation};
    Dense chosen = automatic;
    chosen.init = he ? Init::he : Init::xavier;
    EXPECT_EQ(initials({automatic}), initials({chosen})) << activation.name;
  }
}

TEST(Init, DependsOnTheSeedAndTheParameterAlone) {
  const Sequential model{Dense{4}, Dense{4}};  // two weights of one shape and one rule
  const auto once = initials(model, 4), again = initials(model, 4), other = initials(model, 4, 2);
  EXPECT_EQ(once, again);
  EXPECT_NE(once[0], other[0]);
  EXPECT_NE(once[0].values, once[2].values);
  // What stands in another layer does not matter.
  const auto given =
      initials({Dense{.units = 4, .weight = DoubleTensor({4, 4})}, Dropout{0.5}, Dense{4}}, 4);
  EXPECT_EQ(once[2], given[2]);
}

TEST(Init, IsFoundByName) {
  for (const Init init : {Init::automatic, Init::zeros, Init::xavier, Init::he, Init::lecun})
    EXPECT_EQ(nn::init_named(nn::name_of(init)), init);
  EXPECT_EQ(message([] { nn::init_named("xaver"); }),
            "there is no initialiser \"xaver\"; did you mean \"xavier\"?");
}

// A network that hands ones through dropout, so that the output is the mask itself.
std::vector<double> mask(double rate, double count, int layers = 1) {
  constexpr std::int64_t width = 100, batch = 200;
  DoubleTensor unit({width, width});
  for (std::size_t i = 0; i < width; ++i) unit.values[i * width + i] = 1;
  Sequential model;
  for (int i = 0; i < layers; ++i) model.layers.emplace_back(Dropout{rate});
  model.layers.emplace_back(Dense{.units = width, .bias = false, .weight = unit});
  Graph graph;
  const Value x = graph.input("x", {batch, width}), counter = graph.input("counter", {2});
  const nn::Traced traced = nn::trace(model, x, 5, {.training = true, .counter = counter});
  const auto values = evaluate(graph, {{"x", DoubleTensor::filled({batch, width}, 1.0)},
                                       {"counter", {{2}, {count, 0}}},
                                       {"dense1.weight", unit}});
  return values[static_cast<std::size_t>(traced.output.id())].values;
}

TEST(Dropout, KeepsItsShareAndScalesItUp) {
  const auto values = mask(0.3, 7);
  const auto kept = std::ranges::count_if(values, [](double v) { return v != 0; });
  EXPECT_EQ(std::ranges::count(values, 1 / 0.7), kept);
  // 20000 draws: five standard deviations are 0.0162.
  EXPECT_NEAR(static_cast<double>(kept) / static_cast<double>(values.size()), 0.7, 0.0162);
}

// 0.4 halved, and not at all, is 0.2 and 0 to the bit; from a row on it is what is drawn there.
TEST(Dropout, FollowsAScheduleAndTheRowsNumber) {
  const auto dropped = [](double rate, std::optional<double> factor, std::int64_t rows,
                          const std::vector<double>& counts) {
    Graph graph;
    const Value x = graph.input("x", {rows, 3});
    nn::TraceOptions options{
        .training = true,
        .counter = graph.input("counter", {static_cast<std::int64_t>(counts.size())})};
    if (factor) options.dropout_factor = graph.constant(*factor);
    const nn::Traced traced = nn::trace({Dropout{rate}, nn::tanh}, x, 5, options);
    const auto values = evaluate(graph, {{"x", DoubleTensor::filled({rows, 3}, 1.0)},
                                         {"counter", {options.counter.shape(), counts}}});
    return values[static_cast<std::size_t>(traced.output.id())].values;
  };
  EXPECT_EQ(dropped(0.4, 0.5, 9, {7, 0}), dropped(0.2, {}, 9, {7, 0}));
  EXPECT_NE(dropped(0.4, 0.5, 9, {7, 0}), dropped(0.4, {}, 9, {7, 0}));
  EXPECT_EQ(dropped(0.4, 0, 9, {7, 0}), std::vector<double>(27, std::tanh(1.0)));
  const std::vector<double> whole = dropped(0.4, {}, 9, {7, 0});
  EXPECT_EQ(dropped(0.4, {}, 4, {7, 0, 5}), std::vector<double>(whole.begin() + 15, whole.end()));
  EXPECT_EQ(dropped(0.4, {}, 9, {7, 0, 0}), whole);
}

TEST(Dropout, DrawsAnewForEveryStepAndLayer) {
  EXPECT_EQ(mask(0.3, 7), mask(0.3, 7));
  EXPECT_NE(mask(0.3, 7), mask(0.3, 8));
  // Two layers with masks of their own keep 0.7^2 of the numbers, not 0.7.
  const auto values = mask(0.3, 7, 2);
  const auto kept = std::ranges::count_if(values, [](double v) { return v != 0; });
  EXPECT_NEAR(static_cast<double>(kept) / static_cast<double>(values.size()), 0.49, 0.0177);
}

TEST(Dropout, DoesNothingWithoutACounter) {
  Graph with, without;
  trace_on(with, {Dropout{0.2}, Dense{4, nn::relu}, Dropout{0.5}, Dense{2}});
  trace_on(without, {Dense{4, nn::relu}, Dense{2}});
  EXPECT_EQ(print(with), print(without));
}

}  // namespace
}  // namespace chainrule
