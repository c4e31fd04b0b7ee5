#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "chainrule/nn.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "nn/message.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

// The loss of a network whose output is z itself.
double loss_of(const Loss& loss, const DoubleTensor& z, const DoubleTensor& target) {
  Graph graph;
  const Value output = graph.input("z", z.shape);
  const nn::Traced model{.output = output, .z = output, .last = nn::identity, .parameters = {}};
  const Value value = apply(loss, model, graph.input("target", target.shape));
  EXPECT_EQ(value.shape(), Shape{});
  return evaluate(graph, {{"z", z}, {"target", target}})[static_cast<std::size_t>(value.id())]
      .values[0];
}

// The same network, shapes as given, that ends in this activation.
Value apply_after(Graph& graph, nn::Activation last, const Loss& loss, Shape x, Shape target) {
  const nn::Traced model = nn::trace({nn::Dense{x[1], last}}, graph.input("x", x), 1);
  return apply(loss, model, graph.input("target", target));
}

std::string refusal(std::string_view loss, nn::Activation last, Shape output, Shape target) {
  return message([&] {
    Graph graph;
    apply_after(graph, last, {std::string(loss)}, output, target);
  });
}

TEST(Loss, NamesAreOperations) {
  EXPECT_EQ(loss_names().size(), 7u);
  for (const std::string_view name : loss_names()) {
    EXPECT_NE(find_op(name), nullptr) << name;
    EXPECT_EQ(loss_named(name).name, name);
    Graph graph;
    EXPECT_EQ(apply_after(graph, nn::identity, {std::string(name)}, {4, 2}, {4, 2}).node().op,
              find_op(name));
  }
  EXPECT_EQ(message([] { loss_named("cross_entrpoy"); }),
            "there is no loss \"cross_entrpoy\"; did you mean \"cross_entropy\"?");
}

TEST(Loss, HasTheValuesWorkedByHand) {
  const DoubleTensor o({2, 3}, {1, 2, 0, 3, 4, 0}), t({2, 3}, {1.5, 2, 1, 1, 8, 0});
  EXPECT_DOUBLE_EQ(loss_of({"half_squared_error"}, o, t), 21.25 / 2 / 2);
  EXPECT_DOUBLE_EQ(loss_of({"mean_squared_error"}, o, t), 21.25 / 6);
  EXPECT_DOUBLE_EQ(loss_of({"mean_absolute_error"}, o, t), 7.5 / 6);
  EXPECT_DOUBLE_EQ(loss_of({"huber"}, o, t), 5.625 / 6);
  EXPECT_DOUBLE_EQ(loss_of(loss_named("huber", 2.0), o, t), 8.625 / 6);
  // The errors are 0.5, 0, 1 and -2, 4, 0.
  EXPECT_DOUBLE_EQ(loss_of({"pinball"}, o, t), (0.25 * 0.5 + 0.75 + 0.75 * 2 + 0.5 * 4) / 6);
  EXPECT_DOUBLE_EQ(loss_of({.name = "pinball", .levels = {0.1, 0.2, 0.9}}, o, t),
                   (0.1 * 0.5 + 0.9 + 0.9 * 2 + 0.2 * 4) / 6);
}

// -sum t ln softmax(z), the textbook's formula, in long double: e^100 is no trouble there.
long double textbook_cross_entropy(const DoubleTensor& z, const DoubleTensor& t) {
  const auto rows = static_cast<std::size_t>(z.shape[0]), n = static_cast<std::size_t>(z.shape[1]);
  long double total = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    long double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += std::exp((long double)z.values[r * n + i]);
    for (std::size_t i = 0; i < n; ++i)
      total -= t.values[r * n + i] * std::log(std::exp((long double)z.values[r * n + i]) / sum);
  }
  return total / static_cast<long double>(rows);
}

TEST(Loss, CrossEntropyIsStableFarOut) {
  const DoubleTensor z({3, 3}, {100, -100, 0, -100, 100, 99, 0.3, -0.2, 1});
  const DoubleTensor t({3, 3}, {0, 1, 0, 0, 0.25, 0.75, 0, 0, 1});
  const double expected = static_cast<double>(textbook_cross_entropy(z, t));
  EXPECT_NEAR(loss_of({"cross_entropy"}, z, t), expected, 1e-14 * expected);
  EXPECT_EQ(loss_of({"cross_entropy"}, {{1, 2}, {1000, -1000}}, {{1, 2}, {0, 1}}), 2000);
  EXPECT_EQ(loss_of({"cross_entropy"}, {{1, 2}, {1000, -1000}}, {{1, 2}, {1, 0}}), 0);
}

TEST(Loss, BinaryCrossEntropyIsStableFarOut) {
  for (const double z : {-100.0, -30.0, -1.0, 0.0, 0.7, 30.0, 100.0})
    for (const double t : {0.0, 0.25, 1.0}) {
      // -t ln s - (1-t) ln(1-s), with 1-s as 1/(1+e^z), in long double.
      const long double e = std::exp((long double)z);
      const auto expected = static_cast<double>(t * std::log1p(1 / e) + (1 - t) * std::log1p(e));
      EXPECT_NEAR(loss_of({"binary_cross_entropy"}, {{1, 1}, {z}}, {{1, 1}, {t}}), expected,
                  1e-15 * std::max(10.0, expected))
          << "z = " << z << ", target = " << t;
    }
}

TEST(Loss, StartsFromTheLogitsOfItsOwnActivation) {
  for (const nn::Activation& last : {nn::softmax, nn::identity}) {
    Graph graph;
    const Node& node = apply_after(graph, last, {"cross_entropy"}, {4, 3}, {4, 3}).node();
    EXPECT_EQ(graph.node(node.inputs[0]).name, "dense1.z");
  }
  for (const nn::Activation& last : {nn::sigmoid, nn::identity}) {
    Graph graph;
    const Node& node = apply_after(graph, last, {"binary_cross_entropy"}, {4, 1}, {4, 1}).node();
    EXPECT_EQ(graph.node(node.inputs[0]).name, "dense1.z");
  }
  Graph graph;
  const Node& node = apply_after(graph, nn::sigmoid, {"huber"}, {4, 3}, {4, 3}).node();
  EXPECT_EQ(graph.node(node.inputs[0]).name, "dense1.h");
}

TEST(Loss, RefusesAnOutputLayerThatItCannotUse) {
  EXPECT_EQ(refusal("cross_entropy", nn::tanh, {4, 3}, {4, 3}),
            "cross_entropy: the network ends in tanh, but the loss starts from logits. Set the "
            "last activation to softmax or identity.");
  EXPECT_EQ(refusal("binary_cross_entropy", nn::softmax, {4, 3}, {4, 3}),
            "binary_cross_entropy: the network ends in softmax, but the loss starts from logits. "
            "Set the last activation to sigmoid or identity.");
  EXPECT_EQ(refusal("cross_entropy", nn::identity, {4, 1}, {4, 1}),
            "cross_entropy: the network has 1 output, and softmax of a single number is always 1. "
            "Use binary_cross_entropy, or an output per class.");
}

TEST(Loss, RefusesATargetThatDoesNotFit) {
  EXPECT_EQ(refusal("half_squared_error", nn::sigmoid, {4, 3}, {4, 2}),
            "half_squared_error: the network has 3 outputs, the target 2. Set units = 2 in the "
            "last layer, or give 3 target columns.");
  EXPECT_EQ(refusal("huber", nn::identity, {4, 1}, {4}),
            "huber: the target has shape [4]; it must be [batch, outputs] = [4, 1].");
  EXPECT_EQ(refusal("huber", nn::identity, {4, 1}, {3, 1}),
            "huber: a batch of 4 examples, but 3 rows of targets. Give one row per example.");
}

TEST(Loss, RefusesADeltaThatIsNotPositive) {
  EXPECT_EQ(message([] { loss_named("huber", 0.0); }),
            "huber: delta = 0; it must be above 0 and finite.");
  EXPECT_EQ(message([] {
              Graph graph;
              apply_after(graph, nn::identity, {"huber", -1.5}, {4, 1}, {4, 1});
            }),
            "huber: delta = -1.5; it must be above 0 and finite.");
}

}  // namespace
}  // namespace chainrule
