// A tensor whose values and shape were left apart is refused wherever one is taken.
#include <gtest/gtest.h>

#include "chainrule/chainrule.h"
#include "nn/message.h"

namespace chainrule {
namespace {

const std::string rule = "a tensor of shape [2, 3] needs 6 values, got 5";

template <class T>
BasicTensor<T> short_of_one() {
  BasicTensor<T> tensor(Shape{2, 3});
  tensor.values.pop_back();
  return tensor;
}

TEST(WholeTensors, AreAskedForByGraphsAndSessions) {
  const DoubleTensor values = short_of_one<double>();
  EXPECT_EQ(message([&] { DoubleTensor(values.shape, values.values); }), rule);
  Graph graph;
  EXPECT_EQ(message([&] { graph.constant(values); }), rule);
  const Value w = graph.variable("w", {2, 3});
  graph.output("y", sum(w));
  EXPECT_EQ(message([&] { evaluate(graph, {{"w", values}}); }), rule);
  Session session;
  const Program program(graph, session);
  EXPECT_EQ(message([&] { session.set("w", values); }), rule);
  DoubleTensor more(Shape{2, 3});
  more.values.push_back(1);
  EXPECT_EQ(message([&] { session.set("w", more); }),
            "a tensor of shape [2, 3] needs 6 values, got 7");
}

TEST(WholeTensors, AreAskedForByNetworks) {
  const auto graph_of = [](const nn::Dense& layer) {
    return training_graph(nn::Sequential{layer}, loss_named("mean_squared_error"), SGD{}, 1, 3, 2,
                          {.seed = 1});
  };
  EXPECT_EQ(message([&] { graph_of({.units = 2, .weight = short_of_one<double>()}); }), rule);
  DoubleTensor bias(Shape{2});
  bias.values.clear();
  EXPECT_EQ(message([&] { graph_of({.units = 2, .bias_values = bias}); }),
            "a tensor of shape [2] needs 2 values, got 0");
}

TEST(WholeTensors, AreAskedForByModels) {
  Model model({nn::Dense{2}}, loss_named("mean_squared_error"), 3, {.seed = 1});
  auto weights = model.weights();
  weights["dense1.weight"] = short_of_one<float>();
  EXPECT_EQ(message([&] { model.set_weights(weights); }), rule);
}

}  // namespace
}  // namespace chainrule
