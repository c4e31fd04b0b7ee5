// Networks with several outputs, and losses that are the weighted sum of one for each.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/gradient.h"
#include "chainrule/nn.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "nn/message.h"
#include "nn/place.h"

namespace chainrule {
namespace {

using nn::Dense;
using testing::HasSubstr;

const Loss in_parts{.parts = {{.name = "cross_entropy", .output = "kind", .weight = 0.5},
                              {.name = "mean_squared_error", .output = "price", .weight = 2}}};

// A trunk, and a head of one number and one of two classes, in that order.
nn::Network two_heads(nn::Activation last = nn::identity) {
  nn::Network network{Dense{3, nn::tanh}, nn::Layer(Dense{2, last}).named("kind"),
                      nn::Layer(Dense{1}).named("price").from({"dense1"})};
  network.outputs = {"price", "kind"};
  return network;
}

double value_of(const Graph& graph, Value value, const Feeds& feeds) {
  return evaluate(graph, feeds)[static_cast<std::size_t>(value.id())].values[0];
}

Feeds first_values(const nn::Traced& model) {
  Feeds feeds;
  for (const nn::Parameter& parameter : model.parameters) feeds[parameter.name] = parameter.initial;
  return feeds;
}

const DoubleTensor two_rows({2, 2}, {0.5, -1, 1.5, 0.25});
const DoubleTensor their_targets({2, 3}, {1.5, 0, 1, 1, 0.75, 0.25});

TEST(LossParts, AddUpAsWorkedByHand) {
  Graph graph;
  const Value price = graph.input("price", {2, 1}), kind = graph.input("kind", {2, 2});
  const std::vector<Value> both{price, kind};
  const nn::Traced model{.output = concatenate(both, 1),
                         .z = concatenate(both, 1),
                         .parameters = {},
                         .outputs = {{"price", price, price}, {"kind", kind, kind}}};
  const Value loss = apply(in_parts, model, graph.input("target", {2, 3}));
  const Predicted made = predicted(in_parts, model);
  const auto values = evaluate(graph, {{"price", {{2, 1}, {1, 3}}},
                                       {"kind", {{2, 2}, {0, std::log(3.0), 5, 5}}},
                                       {"target", {{2, 3}, {1.5, 0, 1, 1, 1, 0}}}});
  // Squares 0.25 and 4; probabilities of the true classes 3/4 and 1/2.
  const double squares = (0.25 + 4) / 2, surprise = -(std::log(0.75) + std::log(0.5)) / 2;
  EXPECT_NEAR(values[static_cast<std::size_t>(loss.id())].values[0], 2 * squares + 0.5 * surprise,
              1e-15);
  const std::vector<double> said{1, 0.25, 0.75, 3, 0.5, 0.5};
  for (std::size_t i = 0; i < said.size(); ++i)
    EXPECT_NEAR(values[static_cast<std::size_t>(made.prediction.id())].values[i], said[i], 1e-15);
  EXPECT_EQ(values[static_cast<std::size_t>(made.z.id())].values[2], std::log(3.0))
      << "z are the logits";
  EXPECT_EQ(graph.value(*graph.find("loss.kind")).shape(), Shape{}) << "parts have names";
}

// Each part is the loss of a network that ends in its head alone, with the same weights.
TEST(LossParts, AreTheLossesOfTheirHeads) {
  for (const nn::Activation& last : {nn::identity, nn::softmax}) {
    Graph graph;
    const nn::Traced model = nn::trace(two_heads(last), graph.input("x", {2, 2}), 4);
    const Value loss = apply(in_parts, model, graph.input("target", {2, 3}));
    Feeds feeds = first_values(model);
    feeds["x"] = two_rows;
    feeds["target"] = their_targets;

    nn::Network kinds{Dense{3, nn::tanh}, nn::Layer(Dense{2, last}).named("kind")};
    nn::Network prices{Dense{3, nn::tanh}, nn::Layer(Dense{1}).named("price")};
    double sum = 0;
    for (const auto& [network, part, target] :
         {std::tuple(kinds, in_parts.parts[0], DoubleTensor({2, 2}, {0, 1, 0.75, 0.25})),
          std::tuple(prices, in_parts.parts[1], DoubleTensor({2, 1}, {1.5, 1}))}) {
      Graph alone;
      const nn::Traced one = nn::trace(network, alone.input("x", {2, 2}), 4);
      const Value value = apply({.name = part.name}, one, alone.input("target", target.shape));
      Feeds own{{"x", two_rows}, {"target", target}};
      for (const nn::Parameter& parameter : one.parameters)
        own[parameter.name] = feeds.at(parameter.name);
      sum += part.weight * value_of(alone, value, own);
    }
    EXPECT_NEAR(value_of(graph, loss, feeds), sum, 1e-15);
  }
}

TEST(LossParts, HaveTheGradientsOfFiniteDifferences) {
  Graph graph;
  const nn::Traced model = nn::trace(two_heads(), graph.input("x", {2, 2}), 4);
  const Value loss = apply(in_parts, model, graph.input("target", {2, 3}));
  std::vector<Value> variables;
  for (const nn::Parameter& parameter : model.parameters) variables.push_back(parameter.variable);
  const std::vector<Value> gradients = gradient(loss, variables);
  Feeds feeds = first_values(model);
  feeds["x"] = two_rows;
  feeds["target"] = their_targets;
  const auto values = evaluate(graph, feeds);
  for (std::size_t p = 0; p < variables.size(); ++p) {
    std::vector<double>& weights = feeds[model.parameters[p].name].values;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double weight = weights[i], step = 1e-5;
      weights[i] = weight + step;
      const double above = value_of(graph, loss, feeds);
      weights[i] = weight - step;
      const double below = value_of(graph, loss, feeds);
      weights[i] = weight;
      EXPECT_NEAR(values[static_cast<std::size_t>(gradients[p].id())].values[i],
                  (above - below) / (2 * step), 1e-9)
          << model.parameters[p].name << " " << i;
    }
  }
}

// e^800 is no number: a part starts from its head's logits.
TEST(LossParts, StartFromTheLogits) {
  Graph graph;
  nn::Network network{nn::Layer(Dense{1, nn::sigmoid}).named("sold").from({"input"}),
                      nn::Layer(Dense{1}).named("price").from({"input"})};
  network.outputs = {"price", "sold"};
  const nn::Traced model = nn::trace(network, graph.input("x", {1, 1}), 4);
  const Loss loss{.parts = {{.name = "binary_cross_entropy", .output = "sold"},
                            {.name = "mean_squared_error", .output = "price"}}};
  const Value value = apply(loss, model, graph.input("target", {1, 2}));
  const Predicted made = predicted(loss, model);
  const auto values = evaluate(graph, {{"x", {{1, 1}, {1}}},
                                       {"target", {{1, 2}, {3, 0}}},
                                       {"sold.weight", {{1, 1}, {800}}},
                                       {"sold.bias", {{1}, {0}}},
                                       {"price.weight", {{1, 1}, {3}}},
                                       {"price.bias", {{1}, {0}}}});
  EXPECT_EQ(values[static_cast<std::size_t>(value.id())].values[0], 800);
  EXPECT_EQ(values[static_cast<std::size_t>(made.prediction.id())].values,
            (std::vector<double>{3, 1}));
  EXPECT_EQ(values[static_cast<std::size_t>(made.z.id())].values, (std::vector<double>{3, 800}));
}

TEST(Outputs, AreBehindEachOtherInTheirOrder) {
  nn::Network network = two_heads();
  const auto of = [&](const nn::Network& asked) {
    Graph graph;
    const nn::Traced model = nn::trace(asked, graph.input("x", {2, 2}), 4);
    Feeds feeds = first_values(model);
    feeds["x"] = two_rows;
    return evaluate(graph, feeds)[static_cast<std::size_t>(model.output.id())];
  };
  const DoubleTensor forward = of(network);
  network.outputs = {"kind", "price"};
  const DoubleTensor backward = of(network);
  ASSERT_EQ(forward.shape, (Shape{2, 3}));
  for (const std::size_t row : {0U, 3U}) {
    EXPECT_EQ(forward.values[row], backward.values[row + 2]);
    EXPECT_EQ(forward.values[row + 1], backward.values[row]);
    EXPECT_EQ(forward.values[row + 2], backward.values[row + 1]);
  }
  // A single one need not be the last layer, and what another loss does it does of all.
  network.outputs = {"kind"};
  network.layers[2] = nn::Layer(Dense{3}).named("more");
  network.outputs.push_back("more");
  EXPECT_EQ(of(network).shape, (Shape{2, 5}));
  Graph graph;
  const nn::Traced model = nn::trace(network, graph.input("x", {2, 2}), 4, {.prefix = "left."});
  EXPECT_EQ(apply({"huber"}, model, graph.input("target", {2, 5})).shape(), Shape{});
  EXPECT_EQ(model.outputs[1].layer, "more") << "without the prefix";
}

std::string refusal(const nn::Network& network, const Loss& loss,
                    const Shape& target = Shape{2, 3}) {
  return message([&] {
    Graph graph;
    apply(loss, nn::trace(network, graph.input("x", {2, 2}), 4), graph.input("target", target));
  });
}

TEST(Outputs, AreRefusedWithTheMend) {
  nn::Network network = two_heads();
  network.outputs = {"price", "kinds"};
  EXPECT_EQ(refusal(network, in_parts),
            "the network's output \"kinds\" is no layer of it; did you mean \"kind\"?");
  network.outputs = {"price", "price"};
  EXPECT_EQ(refusal(network, in_parts), "price is named twice among the network's outputs.");
  network.outputs = {"price"};
  EXPECT_EQ(refusal(network, in_parts),
            "no layer reads kind. Name it among the inputs of another or among the outputs, or "
            "leave it out.");
  network.layers.push_back(nn::Layer(nn::Dropout{0.5}).named("less").from({"kind"}));
  network.outputs = {"price", "less"};
  EXPECT_THAT(refusal(network, in_parts), HasSubstr("the network's output less is dropout, which"));
  network.layers.back() = nn::Layer(nn::Reshape{.shape = {1, 2}}).named("less").from({"kind"});
  EXPECT_EQ(refusal(network, in_parts),
            "the network's output less gives rows of shape [1, 2], and outputs are rows of "
            "numbers. Put a flatten or a dense layer behind it, and name that one.");
}

TEST(LossParts, AreRefusedWithTheMend) {
  const nn::Network network = two_heads();
  const auto with = [](auto change) {
    Loss loss = in_parts;
    change(loss.parts);
    return loss;
  };
  EXPECT_EQ(refusal(network, with([](auto& parts) { parts[1].output = "prize"; })),
            "a part of the loss is of \"prize\", which is no output of the network; did you mean "
            "\"price\"?");
  EXPECT_EQ(refusal(network, with([](auto& parts) { parts.pop_back(); })),
            "the output price has 0 parts of the loss. Give it one: [[loss.part]] with output = "
            "\"price\".");
  EXPECT_EQ(refusal(network, with([](auto& parts) { parts.push_back(parts[0]); })),
            "the output kind has 2 parts of the loss. Give it one: [[loss.part]] with output = "
            "\"kind\".");
  EXPECT_EQ(refusal(network, with([](auto& parts) { parts[0].weight = 0; })),
            "the part of the loss of kind: weight = 0; it must be above 0 and finite.");
  EXPECT_EQ(refusal(network, with([](auto& parts) { parts[0].parts = {{}}; })),
            "a part of a loss has parts of its own; put them all beside each other.");
  EXPECT_EQ(refusal(network, with([](auto& parts) { parts[0].name = "pinball"; })),
            "pinball: the output kind has 2 numbers, and a part of a loss learns one quantile. "
            "Set units = 1, and give each quantile an output of its own.");
  EXPECT_EQ(refusal(network, with([](auto& parts) { parts[1].name = "cross_entropy"; })),
            "price: cross_entropy: the network has 1 output, and softmax of a single number is "
            "always 1. Use binary_cross_entropy, or an output per class.");
  EXPECT_EQ(refusal(two_heads(nn::relu), in_parts),
            "kind: cross_entropy: the network ends in relu, but the loss starts from logits. Set "
            "the last activation to softmax or identity.");
  EXPECT_EQ(refusal(network, in_parts, {2, 4}),
            "the network's outputs are [batch, 1 price + 2 kind] = [2, 3], and the target has "
            "shape [2, 4]. Give one target column per number.");
  EXPECT_EQ(refusal(network, {"cross_entropy"}),
            "cross_entropy: the network has several outputs, and the loss starts from the logits "
            "of one. Give each a part of its own: [[loss.part]] with output = \"price\", say.");
  EXPECT_THAT(refusal({Dense{3}}, in_parts),
              HasSubstr("the loss has parts, and the network names no outputs."));
  EXPECT_EQ(refusal({Dense{3}}, {.name = "huber", .weight = 2}),
            "huber: an output and a weight are of parts of a loss. Leave them out, or put it among "
            "another's parts.");
}

TEST(LossParts, AreWrittenAsASum) {
  EXPECT_EQ(to_string(in_parts), "0.5 cross_entropy(kind) + 2 mean_squared_error(price)");
  EXPECT_EQ(to_string(Loss{"huber"}), "huber");
}

}  // namespace
}  // namespace chainrule
