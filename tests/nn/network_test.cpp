// Networks that are no chains: names, ways around, shared and frozen parameters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/gradient.h"
#include "chainrule/nn.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "nn/message.h"
#include "nn/place.h"

namespace chainrule {
namespace {

using nn::Dense, nn::Layer, nn::Network;

std::vector<double> answers(const Network& network, const DoubleTensor& x,
                            const std::string& prefix = "") {
  Graph graph;
  const nn::Traced traced = nn::trace(network, graph.input("x", x.shape), 1, {.prefix = prefix});
  Feeds feeds{{"x", x}};
  for (const nn::Parameter& p : traced.parameters) feeds[p.name] = p.initial;
  return evaluate(graph, feeds)[static_cast<std::size_t>(traced.output.id())].values;
}

Dense scaled(double factor) {
  return {.units = 2, .bias = false, .weight = DoubleTensor({2, 2}, {factor, 0, 0, factor})};
}

std::string refused(const Network& network, const Shape& x = {3, 2}) {
  return message([&] {
    Graph graph;
    nn::trace(network, graph.input("x", x), 1);
  });
}

TEST(Networks, AddWhatGoesAround) {
  const Network network{Layer(scaled(3)).named("thrice"), scaled(2),
                        Layer(nn::Add{}).from({"dense2", "input", "thrice"})};
  EXPECT_EQ(answers(network, {{1, 2}, {1, 10}}), (std::vector<double>{10, 100}));
}

TEST(Networks, MultiplyAndConcatenate) {
  const Network network{Layer(scaled(3)).named("a"), Layer(scaled(5)).named("b").from({"input"}),
                        Layer(nn::Multiply{}).from({"a", "b"}),
                        Layer(nn::Concatenate{}).from({"multiply1", "input"})};
  EXPECT_EQ(answers(network, {{1, 2}, {1, 2}}), (std::vector<double>{15, 60, 1, 2}));
}

TEST(Networks, ShareParametersWhoseGradientIsTheSumOfBoth) {
  const Network network{Layer(scaled(3)).named("a"), Layer(scaled(0)).named("b").sharing("a")};
  EXPECT_EQ(answers(network, {{1, 2}, {1, 10}}), (std::vector<double>{9, 90}));
  Graph graph;
  const Value x = graph.input("x", {1, 2});
  const nn::Traced traced = nn::trace(network, x, 1);
  ASSERT_EQ(traced.parameters.size(), 1U);
  const Value slope = gradient(sum(traced.output), {{traced.parameters[0].variable}})[0];
  // d/dw of w^2 x is 2 w x.
  const std::vector<DoubleTensor> values =
      evaluate(graph, {{"x", {{1, 2}, {1, 10}}}, {"a.weight", traced.parameters[0].initial}});
  EXPECT_EQ(values[static_cast<std::size_t>(slope.id())].values,
            (std::vector<double>{2 * 3 * 1, 3 * 10 + 3 * 10, 3 + 3, 2 * 3 * 10}));
}

// Plain descent on sum(W2 W1 x): w - rate factor g.
TEST(Networks, LearnLayerByLayer) {
  const Network network{Layer(scaled(3)).learning(0.5), Layer(scaled(2)).undecayed()};
  Graph graph;
  const Value x = graph.input("x", {1, 2}), rate = graph.input("rate", {});
  const nn::Traced traced = nn::trace(network, x, 1);
  std::vector<Value> variables;
  for (const nn::Parameter& parameter : traced.parameters) variables.push_back(parameter.variable);
  add_updates(SGD{.weight_decay = 0.1}, traced.parameters, gradient(sum(traced.output), variables),
              rate, {});
  const std::vector<DoubleTensor> values =
      evaluate(graph, {{"x", {{1, 2}, {1, 10}}},
                       {"rate", {{}, {0.01}}},
                       {traced.parameters[0].name, traced.parameters[0].initial},
                       {traced.parameters[1].name, traced.parameters[1].initial}});
  const auto next = [&](std::size_t i) {
    return values[static_cast<std::size_t>(graph.updates()[i].value)].values[0];
  };
  EXPECT_DOUBLE_EQ(next(0), 3 - 0.01 * 0.5 * (2 * 1 + 0.1 * 3));
  EXPECT_DOUBLE_EQ(next(1), 2 - 0.01 * 3 * 1);
  EXPECT_THROW(Layer(scaled(1)).learning(0), UsageError);
}

// What is said last holds, also for a layer that is frozen; w - rate factor (g + decay w).
TEST(Networks, TrainTheirParametersAsTheirGroupsSay) {
  Network network{Layer(scaled(3)).named("a").frozen().undecayed(), scaled(2)};
  network.groups = {{.match = "*", .rate_factor = 4},
                    {.match = "*.weight", .rate_factor = 0.5, .weight_decay_factor = 2},
                    {.match = "a.*", .is_trained = true},
                    {.match = "dense2.*", .rate_factor = 8}};
  Graph graph;
  const Value x = graph.input("x", {1, 2}), rate = graph.input("rate", {});
  const nn::Traced traced = nn::trace(network, x, 1);
  std::vector<Value> variables;
  for (const nn::Parameter& parameter : traced.parameters) variables.push_back(parameter.variable);
  ASSERT_EQ(variables.size(), 2U);
  add_updates(SGD{.weight_decay = 0.1}, traced.parameters, gradient(sum(traced.output), variables),
              rate, {});
  const std::vector<DoubleTensor> values =
      evaluate(graph, {{"x", {{1, 2}, {1, 10}}},
                       {"rate", {{}, {0.01}}},
                       {"a.weight", traced.parameters[0].initial},
                       {"dense2.weight", traced.parameters[1].initial}});
  const auto next = [&](std::size_t i) {
    return values[static_cast<std::size_t>(graph.updates()[i].value)].values[0];
  };
  EXPECT_DOUBLE_EQ(next(0), 3 - 0.01 * 0.5 * (2 * 1 + 2 * 0.1 * 3));
  EXPECT_DOUBLE_EQ(next(1), 2 - 0.01 * 8 * (3 * 1 + 2 * 0.1 * 2));
}

// Of these names: a.weight, a.bias, norm.weight, norm.bias, and the running averages norm.mean and
// norm.variance, which no group moves.
TEST(Networks, MatchNamesWithStars) {
  const auto frozen_by = [](const std::string& pattern) {
    Network network{Layer(Dense{2}).named("a"), Layer(nn::BatchNorm{}).named("norm")};
    network.groups = {{.match = pattern, .is_trained = false}};
    Graph graph;
    std::vector<std::string> names;
    for (const nn::Parameter& buffer : nn::trace(network, graph.input("x", {3, 2}), 1).buffers)
      if (buffer.name != "norm.mean" && buffer.name != "norm.variance")
        names.push_back(buffer.name);
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(frozen_by("*"), (Names{"a.weight", "a.bias", "norm.weight", "norm.bias"}));
  EXPECT_EQ(frozen_by("*.bias"), (Names{"a.bias", "norm.bias"}));
  EXPECT_EQ(frozen_by("a.*"), (Names{"a.weight", "a.bias"}));
  EXPECT_EQ(frozen_by("a.weight"), (Names{"a.weight"}));
  EXPECT_EQ(frozen_by("*o*w*t"), (Names{"norm.weight"}));
  EXPECT_EQ(frozen_by("**a*s*"), (Names{"a.bias", "norm.bias"}));
  EXPECT_EQ(frozen_by("norm.**"), (Names{"norm.weight", "norm.bias"}));
}

TEST(Networks, RefuseGroupsThatSayNothing) {
  const auto refused_group = [](const nn::ParameterGroup& group) {
    Network network{Dense{2}, nn::BatchNorm{}};
    network.groups = {group};
    return refused(network);
  };
  EXPECT_EQ(refused_group({.match = "dense1.wieght"}),
            "no parameter matches \"dense1.wieght\"; did you mean \"dense1.weight\"?");
  EXPECT_EQ(refused_group({.match = "batch_norm1.mean"}),
            "no parameter matches \"batch_norm1.mean\"; did you mean \"batch_norm1.bias\"?");
  EXPECT_EQ(refused_group({.match = "*", .rate_factor = 0}),
            "parameters that match \"*\": learning_rate_factor = 0; it must be above 0 and "
            "finite");
  EXPECT_EQ(refused_group({.match = "*", .weight_decay_factor = -1}),
            "parameters that match \"*\": weight_decay_factor = -1; it must be at least 0 and "
            "finite");
}

// A loss that takes logits starts from those of before the activation, also where rows are
// flattened behind it.
TEST(Networks, KeepTheirLogitsWhenFlattened) {
  Graph graph;
  const nn::Traced traced =
      nn::trace({nn::Conv2d{.channels = 1, .kernel = 1, .activation = nn::sigmoid}, nn::Flatten{}},
                graph.input("x", {2, 1, 2, 3}), 1);
  EXPECT_EQ(traced.last, nn::sigmoid);
  EXPECT_EQ(traced.output.shape(), (Shape{2, 6}));
  EXPECT_EQ(traced.z.shape(), (Shape{2, 6}));
  EXPECT_EQ(graph.node(traced.z.node().inputs[0]).name, "conv2d1.z");
  EXPECT_NO_THROW(apply(loss_named("binary_cross_entropy"), traced, graph.input("target", {2, 6})));
}

TEST(Networks, StandSideBySideUnderPrefixes) {
  Graph graph;
  const Value x = graph.input("x", {1, 2});
  const Network network{Dense{3, nn::tanh}, Dense{1}};
  const nn::Traced left = nn::trace(network, x, 1, {.prefix = "left."});
  const nn::Traced right = nn::trace(network, x, 2, {.prefix = "right."});
  EXPECT_EQ(left.parameters[2].name, "left.dense2.weight");
  EXPECT_EQ(right.output.node().name, "right.dense2.z");
  EXPECT_NE(left.parameters[0].initial, right.parameters[0].initial);
  verify(graph);
}

TEST(Networks, TakePicturesAsRowsWhereLayersWantRows) {
  EXPECT_EQ(nn::input_shape({Dense{2}}, {5, 1, 4, 4}), (Shape{5, 16}));
  EXPECT_EQ(nn::input_shape({nn::BatchNorm{}, Dense{2}}, {5, 1, 4, 4}), (Shape{5, 1, 4, 4}));
  EXPECT_EQ(nn::input_shape({Dense{2}, Layer(nn::Flatten{}).from({"input"}),
                             Layer(nn::Concatenate{}).from({"dense1", "flatten1"})},
                            {5, 1, 4, 4}),
            (Shape{5, 16}));
}

TEST(Networks, TakeSoftmaxOfAPictureOverItsChannels) {
  // Two equal channels, of three places each.
  EXPECT_THAT(answers({nn::softmax}, {{1, 2, 1, 3}, {0, 1, 5, 0, 1, 5}}),
              testing::Each(testing::DoubleEq(0.5)));
}

TEST(Networks, RefuseWhatDoesNotFit) {
  EXPECT_EQ(refused({Dense{2}, Layer(Dense{2}).from({"dense3"})}),
            "dense2 reads \"dense3\", and no layer before it has that name; did you mean "
            "\"dense1\"?");
  EXPECT_EQ(refused({Layer(Dense{2}).named("a"), Layer(Dense{2}).named("a")}),
            "two layers are called a; give them different names");
  EXPECT_EQ(refused({Layer(Dense{2}).named("x")}),
            "a layer is called \"x\"; give it a name of letters, digits and _ that is none of "
            "input, x, target, loss, learning_rate, step, counter, dropout_factor, decay_factor, "
            "share, temperature, spread, row_weight, log_share");
  EXPECT_EQ(refused({Dense{2}, nn::Add{}}),
            "add1 reads 1 layer, and add takes 2 or more. Name them: inputs = [\"dense1\", "
            "\"input\"], say");
  EXPECT_EQ(refused({Dense{3}, Layer(nn::Add{}).from({"dense1", "input"})}),
            "add1: it reads rows of [3] and of [2]; give it layers of one shape.");
  EXPECT_EQ(refused({Dense{2}, Layer(Dense{2}).from({"input"})}),
            "no layer reads dense1. Name it among the inputs of another, or leave it out.");
  EXPECT_EQ(refused({Dense{2}, Layer(Dense{3}).sharing("dense1")}),
            "dense2 shares the parameters of dense1, whose shapes are others");
  EXPECT_EQ(refused({Dense{2}, Layer(nn::Scale{}).sharing("dense1")}),
            "scale1 shares the parameters of \"dense1\", and no scale layer of that name is before "
            "it");
  EXPECT_EQ(refused({Dense{2}, Layer(Dense{2}).from({"dense1", "input"})}),
            "dense2 reads 2 layers, and dense takes 1. Name them: inputs = [\"dense1\", "
            "\"input\"], say");
}

}  // namespace
}  // namespace chainrule
