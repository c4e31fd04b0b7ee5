// Model, loss and optimizer together, on the reference evaluator.
#include <gtest/gtest.h>

#include "chainrule/gradient.h"
#include "chainrule/nn.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"

namespace chainrule {
namespace {

using nn::Dense;

// A training step as a graph, and the numbers that it works on.
class Training {
 public:
  Training(const nn::Sequential& model, const Loss& loss, const Optimizer& optimizer,
           const DoubleTensor& x, const DoubleTensor& target, double rate) {
    traced = nn::trace(model, graph.input("x", x.shape), 1);
    loss_ = apply(loss, traced, graph.input("target", target.shape));
    std::vector<Value> variables;
    for (const nn::Parameter& p : traced.parameters) variables.push_back(p.variable);
    gradients = gradient(loss_, variables);
    add_updates(optimizer, traced.parameters, gradients, graph.constant(rate),
                graph.input("step", {}));
    verify(graph);
    for (const Update& update : graph.updates()) {
      const Node& node = graph.node(update.variable);
      feeds[node.name] = DoubleTensor(node.shape);
    }
    for (const nn::Parameter& p : traced.parameters) feeds[p.name] = p.initial;
    feeds["x"] = x;
    feeds["target"] = target;
    feeds["step"] = {{}, {0}};
  }

  // One step; the loss before it.
  double step() {
    feeds["step"].values[0] += 1;
    values = evaluate(graph, feeds);
    for (const Update& update : graph.updates())
      feeds[graph.node(update.variable).name] = values[static_cast<std::size_t>(update.value)];
    return at(loss_)[0];
  }

  const std::vector<double>& at(Value value) const {
    return values[static_cast<std::size_t>(value.id())].values;
  }
  const std::vector<double>& at(std::string_view name) const {
    return values[static_cast<std::size_t>(graph.find(name).value())].values;
  }

  Graph graph;
  nn::Traced traced;
  std::vector<Value> gradients;
  Feeds feeds;
  std::vector<DoubleTensor> values;

 private:
  Value loss_;
};

void expect_all_near(const std::vector<double>& actual, const std::vector<double>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-15);
}

// The tutorial page's worked step, to 17 digits.
TEST(Training, TakesTheTutorialsStep) {
  const auto layer = [](std::vector<double> weight) {
    return Dense{.units = 2,
                 .activation = nn::sigmoid,
                 .bias = false,
                 .weight = DoubleTensor({2, 2}, std::move(weight))};
  };
  Training tutorial({layer({0.3, 0.25, 0.4, 0.35}), layer({0.45, 0.4, 0.7, 0.6})},
                    {"half_squared_error"}, SGD{}, {{1, 2}, {0.1, 0.2}}, {{1, 2}, {0.4, 0.6}}, 0.5);
  EXPECT_NEAR(tutorial.step(), 0.02397190075173003, 1e-16);
  expect_all_near(tutorial.at("dense1.z"), {0.08, 0.11});
  expect_all_near(tutorial.at("dense1.h"), {0.5199893401555817, 0.5274723043445937});
  expect_all_near(tutorial.at("dense2.z"), {0.44498412480784927, 0.6804759207156634});
  expect_all_near(tutorial.at("dense2.h"), {0.6094460049966992, 0.6638449096982894});
  expect_all_near(
      tutorial.at(tutorial.gradients[0]),
      {0.0008088753836261947, 0.0016177507672523895, 0.0007100860110548808, 0.0014201720221097616});
  expect_all_near(tutorial.at(tutorial.gradients[1]), {0.025922855603647398, 0.026295901328202025,
                                                       0.00740844462721342, 0.0075150566701163175});
  expect_all_near(
      tutorial.feeds["dense1.weight"].values,
      {0.2995955623081869, 0.2491911246163738, 0.39964495699447256, 0.3492899139889451});
  expect_all_near(tutorial.feeds["dense2.weight"].values,
                  {0.4370385721981763, 0.386852049335899, 0.6962957776863933, 0.5962424716649418});
  EXPECT_NEAR(tutorial.step(), 0.02323633887229179, 1e-16);
  expect_all_near(tutorial.at("dense2.h"), {0.6061768834555608, 0.6629584821381178});
}

TEST(Training, LearnsXorWithEveryOptimizer) {
  const DoubleTensor x({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1}), target({4, 1}, {0, 1, 1, 0});
  const std::pair<Optimizer, double> rates[] = {{SGD{.momentum = 0.9}, 0.1},
                                                {Adam{}, 0.05},
                                                {AdamW{}, 0.05},
                                                {RMSProp{}, 0.02},
                                                {Adagrad{}, 0.3}};
  for (const auto& [optimizer, rate] : rates) {
    Training xor_gate({Dense{8, nn::tanh}, Dense{1, nn::sigmoid}}, {"binary_cross_entropy"},
                      optimizer, x, target, rate);
    double loss = 1;
    for (int i = 0; i < 300; ++i) loss = xor_gate.step();
    EXPECT_LT(loss, 0.05) << name_of(optimizer);
  }
}

}  // namespace
}  // namespace chainrule
