// Every number of the page against numbers of another origin: the oracle, plain loops, hand.
#include <fstream>

#include <gmock/gmock.h>

#include "chainrule/graph.h"
#include "explain/page_numbers.h"
#include "explain/random_networks.h"

namespace chainrule {
namespace {

TEST(ExplainNumbers, AreTheTutorials) {
  std::ifstream file(source_file("tests/explain/tutorial.json"));
  const Json oracle = Json::parse(file), page = numbers_of_example("tutorial.toml");
  for (const char* part :
       {"/forward", "/errors", "/gradients", "/updated", "/after/forward", "/after/errors"}) {
    SCOPED_TRACE(part);
    const Json::json_pointer at(part);
    expect_near(page[at], oracle[at].get<NamedNumbers>(), 1e-14);
  }
  expect_chains(page);
  EXPECT_TRUE(page["check"]["passed"].get<bool>());
}

TEST(ExplainNumbers, FactorsAreTheTutorials) {
  std::ifstream file(source_file("tests/explain/tutorial.json"));
  const Json page = numbers_of_example("tutorial.toml");
  const Json oracle = Json::parse(file);
  auto expected = oracle["factors"].get<NamedNumbers>();
  // What a weight multiplies is the last factor, which the oracle lists as forward propagation.
  const Json& forward = oracle["forward"];
  for (const int z : {1, 2})
    for (const int k : {1, 2}) {
      const int w = 2 * (z - 1) + k;
      expected["dz" + std::to_string(z) + "/dW" + std::to_string(w)] = k == 1 ? 0.1 : 0.2;
      expected["dz" + std::to_string(z + 2) + "/dW" + std::to_string(w + 4)] =
          forward["h" + std::to_string(k)];
    }
  expect_factors(page, expected, 1e-14);
}

TEST(ExplainNumbers, AreComparedForEveryActivationAndLoss) {
  std::vector<std::string> activations, losses;
  for (const nn::Activation& each : nn::activations()) activations.emplace_back(each.name);
  for (const std::string_view name : loss_names()) losses.emplace_back(name);
  EXPECT_THAT(all_activations(), testing::UnorderedElementsAreArray(activations));
  EXPECT_THAT(all_losses(), testing::UnorderedElementsAreArray(losses));
}

class ExplainNumbersOf : public testing::TestWithParam<std::string> {};

// All activations, 1 to 4 layers, with biases and without.
TEST_P(ExplainNumbersOf, RandomNetworksAreThoseOfPlainLoops) {
  for (const ReferenceNetwork& net : random_networks(GetParam())) {
    SCOPED_TRACE(description(net));
    const Json page = numbers_of(step_of(net, SGD{.learning_rate = 0.1}));
    expect_worked(page, net);
    expect_updated(page, updated(net, [](double w, double g, bool) { return w - 0.1 * g; }));
    if (HasFailure()) return;  // one network's numbers are enough to read
  }
}

INSTANTIATE_TEST_SUITE_P(EveryLoss, ExplainNumbersOf, testing::ValuesIn(all_losses()),
                         [](const auto& loss) { return loss.param; });

TEST(ExplainNumbers, OfThreeLayersAreThoseOfPlainLoops) {
  const ReferenceNetwork net{
      .layers = {{.weight = {{0.5, -0.4}, {0.3, 0.8}}, .bias = {0.1, -0.1}, .activation = "tanh"},
                 {.weight = {{0.6, 0.1}, {-0.2, 0.7}}, .bias = {0.2, 0.05}, .activation = "relu"},
                 {.weight = {{0.9, -0.5}}, .bias = {0.3}, .activation = "identity"}},
      .loss = "mean_squared_error",
      .input = {0.7, 0.2},
      .target = {1.0}};
  const Json page = numbers_of_example("three_layers.toml");
  expect_worked(page, net);
  expect_updated(page, updated(net, [](double w, double g, bool) { return w - 0.1 * g; }));
}

TEST(ExplainNumbers, OfSoftmaxAndAdamAreThoseOfPlainLoops) {
  const ReferenceNetwork net{
      .layers = {{.weight = {{0.3, -0.2}, {0.5, 0.4}}, .bias = {0.1, 0.2}, .activation = "sigmoid"},
                 {.weight = {{0.4, -0.6}, {0.7, 0.2}, {-0.3, 0.5}},
                  .bias = {0.0, 0.1, -0.1},
                  .activation = "softmax"}},
      .loss = "cross_entropy",
      .input = {1.0, 0.5},
      .target = {0, 1, 0}};
  const Json page = numbers_of_example("softmax.toml");
  expect_worked(page, net);
  // Corrected for their start, Adam's means of g and g^2 are g and g^2 in the first step.
  expect_updated(page, updated(net, [](double w, double g, bool) {
                   return w - 0.01 * g / (std::abs(g) + 1e-8);
                 }));
}

// The file gives no weights: they are drawn from its seed, and asked for here.
TEST(ExplainNumbers, OfXorAreThoseOfPlainLoops) {
  Graph graph;
  const nn::Sequential model{nn::Dense{.units = 3, .activation = nn::tanh},
                             nn::Dense{.units = 1, .activation = nn::sigmoid}};
  const auto parameters = nn::trace(model, graph.input("x", {1, 2}), 1).parameters;
  ASSERT_EQ(parameters.size(), 4u);
  const Numbers& hidden = parameters[0].initial.values;
  ASSERT_EQ(hidden.size(), 6u);
  const ReferenceNetwork net{
      .layers =
          {{.weight = {{hidden[0], hidden[1]}, {hidden[2], hidden[3]}, {hidden[4], hidden[5]}},
            .bias = {0, 0, 0},
            .activation = "tanh"},
           {.weight = {parameters[2].initial.values}, .bias = {0}, .activation = "sigmoid"}},
      .loss = "binary_cross_entropy",
      .input = {1, 0},
      .target = {1}};
  const Json page = numbers_of_example("xor.toml");
  expect_worked(page, net);
  // Momentum has nothing to remember before the first step.
  expect_updated(page, updated(net, [](double w, double g, bool) { return w - 0.5 * g; }));
}

// Derived by hand for one neuron, x = 2, W = 0.5, b = -1: z = 0.
TEST(ExplainNumbers, OfOneNeuronAreThoseOfPaperAndPencil) {
  ReferenceNetwork neuron{.layers = {{.weight = {{0.5}}, .bias = {-1}, .activation = "sigmoid"}},
                          .loss = "binary_cross_entropy",
                          .input = {2},
                          .target = {1}};
  const Json logistic = numbers_of(step_of(neuron));
  expect_near(logistic["errors"], {{"E_o1", std::log(2.0)}, {"E_total", std::log(2.0)}}, 1e-15);
  expect_near(logistic["gradients"], {{"W1", -1.0}, {"b1", -0.5}}, 1e-15);  // (1/2 - 1) x

  neuron.loss = "half_squared_error";
  const Json squared = numbers_of(step_of(neuron));
  expect_near(squared["errors"], {{"E_o1", 0.125}, {"E_total", 0.125}}, 1e-15);
  expect_near(squared["gradients"], {{"W1", -0.25}, {"b1", -0.125}}, 1e-15);  // -1/2 x 1/4 x
}

// One neuron that gives what it gets, W = 1: the error's distance is its input.
TEST(ExplainNumbers, OfHuberAreSquaredNearbyAndLinearFarAway) {
  ReferenceNetwork neuron{.layers = {{.weight = {{1}}, .bias = {}, .activation = "identity"}},
                          .loss = "huber",
                          .input = {0.5},
                          .target = {0}};
  const Json near = numbers_of(step_of(neuron));
  expect_near(near["errors"], {{"E_o1", 0.125}, {"E_total", 0.125}}, 1e-15);
  expect_near(near["gradients"], {{"W1", 0.25}}, 1e-15);  // e x

  neuron.input = {-3};
  const Json far = numbers_of(step_of(neuron));
  expect_near(far["errors"], {{"E_o1", 2.5}, {"E_total", 2.5}}, 1e-15);
  expect_near(far["gradients"], {{"W1", 3}}, 1e-15);  // sign(e) x
}

// Three equal logits: p = 1/3 each, dE/dz = p - target.
TEST(ExplainNumbers, OfEqualLogitsAreThoseOfPaperAndPencil) {
  const ReferenceNetwork net{
      .layers = {{.weight = {{0}, {0}, {0}}, .bias = {}, .activation = "identity"}},
      .loss = "cross_entropy",
      .input = {3},
      .target = {0, 1, 0}};
  const Json page = numbers_of(step_of(net));
  expect_near(page["forward"],
              {{"z1", 0},
               {"z2", 0},
               {"z3", 0},
               {"o1", 0},
               {"o2", 0},
               {"o3", 0},
               {"p1", 1 / 3.0},
               {"p2", 1 / 3.0},
               {"p3", 1 / 3.0}},
              1e-15);
  expect_near(page["errors"],
              {{"E_o1", 0}, {"E_o2", std::log(3.0)}, {"E_o3", 0}, {"E_total", std::log(3.0)}},
              1e-15);
  expect_near(page["gradients"], {{"W1", 1}, {"W2", -2}, {"W3", 1}}, 1e-15);
}

}  // namespace
}  // namespace chainrule
