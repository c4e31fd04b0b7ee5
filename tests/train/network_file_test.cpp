#include "train/network/network_file.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "chainrule/error.h"
#include "chainrule/train.h"
#include "data/temporary_folder.h"
#include "nn/layer.h"

namespace chainrule {
namespace {

constexpr std::string_view small =
    "[network]\ninput = 2\n[[network.layer]]\ntype = \"dense\"\nunits = 2\n";

NetworkFile parse(const std::string& text) { return parse_network(text, "net.toml"); }

template <class Kind>
const Kind& layer(const NetworkFile& file, std::size_t index) {
  const auto* fields = file.model.layers.at(index).get_if<Kind>();
  if (fields == nullptr) throw std::invalid_argument("a layer of another kind");
  return *fields;
}

void expect_equal(const nn::Layer& a, const nn::Layer& b) {
  ASSERT_EQ(&a.record(), &b.record());
  for (const nn::Field& field : a.record().fields)
    EXPECT_EQ(field.get(a.fields()), field.get(b.fields())) << field.name;
}

TEST(NetworkFile, ReadsTheTutorial) {
  const NetworkFile file =
      read_network_file(std::string(CHAINRULE_SOURCE_DIR) + "/examples/tutorial.toml");
  EXPECT_EQ(file.input, Shape{2});
  ASSERT_EQ(file.model.layers.size(), 2u);
  for (const std::size_t i : {0u, 1u}) {
    EXPECT_EQ(layer<nn::Dense>(file, i).activation, nn::sigmoid);
    EXPECT_FALSE(layer<nn::Dense>(file, i).bias);
  }
  EXPECT_EQ(layer<nn::Dense>(file, 0).weight, DoubleTensor({2, 2}, {0.3, 0.25, 0.4, 0.35}));
  EXPECT_EQ(layer<nn::Dense>(file, 1).weight, DoubleTensor({2, 2}, {0.45, 0.4, 0.7, 0.6}));
  EXPECT_EQ(file.loss->name, "half_squared_error");
  EXPECT_EQ(std::get<SGD>(*file.optimizer).learning_rate, 0.5);
  EXPECT_EQ(file.examples.at(0).input, (std::vector<double>{0.1, 0.2}));
  EXPECT_EQ(file.examples.at(0).target, (std::vector<double>{0.4, 0.6}));
}

TEST(NetworkFile, ReadsEveryKindOfLayer) {
  const NetworkFile file = parse(R"(
    [network]
    input = 3
    seed = 41
    [[network.layer]]
    type = "dense"
    units = 2
    init = "lecun"
    bias = [0.5, -1]
    [[network.layer]]
    type = "activation"
    activation = "gelu"
    [[network.layer]]
    type = "dropout"
    rate = 0.25
    [[network.layer]]
    type = "dense"
    units = 1)");
  EXPECT_EQ(file.seed, 41u);
  ASSERT_EQ(file.model.layers.size(), 4u);
  EXPECT_EQ(layer<nn::Dense>(file, 0).init, nn::Init::lecun);
  EXPECT_EQ(layer<nn::Dense>(file, 0).bias_values, DoubleTensor({2}, {0.5, -1}));
  EXPECT_FALSE(layer<nn::Dense>(file, 0).weight);
  EXPECT_EQ(layer<nn::Activation>(file, 1), nn::gelu);
  EXPECT_EQ(layer<nn::Dropout>(file, 2).rate, 0.25);
  EXPECT_TRUE(layer<nn::Dense>(file, 3).bias);
  EXPECT_EQ(layer<nn::Dense>(file, 3).activation, nn::identity);
  EXPECT_FALSE(file.loss || file.optimizer || !file.examples.empty());
}

TEST(NetworkFile, KnowsTheNamesOfTheManual) {
  const std::string head(small);
  for (const char* name : {"identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu",
                           "silu", "softplus", "softmax"})
    EXPECT_EQ(layer<nn::Dense>(parse(head + "activation = \"" + name + "\""), 0).activation.name,
              name);
  for (const char* name : {"automatic", "zeros", "xavier", "he", "lecun"})
    EXPECT_EQ(nn::name_of(layer<nn::Dense>(parse(head + "init = \"" + name + "\""), 0).init), name);
  for (const char* name : {"half_squared_error", "mean_squared_error", "mean_absolute_error",
                           "huber", "cross_entropy", "binary_cross_entropy"})
    EXPECT_EQ(parse(head + "[loss]\ntype = \"" + name + "\"").loss->name, name);
  for (const char* name : {"sgd", "adam", "adamw", "rmsprop", "adagrad"})
    EXPECT_EQ(name_of(*parse(head + "[optimizer]\ntype = \"" + name + "\"").optimizer), name);
  EXPECT_EQ(parse(head + "[loss]\ntype = \"huber\"\ndelta = 2.5").loss->delta, 2.5);
}

TEST(NetworkFile, ReadsEveryFieldOfEveryOptimizer) {
  const auto optimizer = [](const std::string& fields) {
    return *parse(std::string(small) + "[optimizer]\ntype = " + fields).optimizer;
  };
  const auto sgd = std::get<SGD>(optimizer(
      "\"sgd\"\nlearning_rate = 0.3\nmomentum = 0.8\nnesterov = true\nweight_decay = 0.01"));
  EXPECT_EQ(sgd.learning_rate, 0.3);
  EXPECT_EQ(sgd.momentum, 0.8);
  EXPECT_TRUE(sgd.nesterov);
  EXPECT_EQ(sgd.weight_decay, 0.01);
  const std::string adam_fields =
      "learning_rate = 1\nbeta1 = 0.5\nbeta2 = 0.75\nepsilon = 1e-6\nweight_decay = 2";
  const auto adam = std::get<Adam>(optimizer("\"adam\"\n" + adam_fields));
  EXPECT_EQ(adam.learning_rate, 1);
  EXPECT_EQ(adam.beta1, 0.5);
  EXPECT_EQ(adam.beta2, 0.75);
  EXPECT_EQ(adam.epsilon, 1e-6);
  EXPECT_EQ(adam.weight_decay, 2);
  const auto adamw = std::get<AdamW>(optimizer("\"adamw\"\n" + adam_fields));
  EXPECT_EQ(adamw.beta2, 0.75);
  EXPECT_EQ(adamw.weight_decay, 2);
  const auto rmsprop = std::get<RMSProp>(optimizer("\"rmsprop\"\ndecay = 0.7\nepsilon = 1e-5"));
  EXPECT_EQ(rmsprop.decay, 0.7);
  EXPECT_EQ(rmsprop.epsilon, 1e-5);
  const auto adagrad = std::get<Adagrad>(optimizer("\"adagrad\"\nepsilon = 1e-4"));
  EXPECT_EQ(adagrad.epsilon, 1e-4);
  EXPECT_EQ(adagrad.learning_rate, 0.01) << "what is left out keeps its default";
}

TEST(NetworkFile, TakesTheWidthFromTheExampleOrLeavesItToTheData) {
  const std::string layer = "[[network.layer]]\ntype = \"dense\"\nunits = 1\n";
  EXPECT_EQ(parse("[network]\n" + layer).input, Shape{});
  EXPECT_EQ(parse("[network]\n" + layer + "[example]\ninput = [1, 2, 3]\ntarget = [0]").input,
            Shape{3});
}

TEST(NetworkFile, PassesOverTablesThatAreSomebodyElses) {
  const std::string text = std::string(small) + "[data]\npath = \"x\"\n";
  constexpr std::string_view others[] = {"data"};
  EXPECT_EQ(parse_network(text, "net.toml", others).model.layers.size(), 1u);
  EXPECT_THROW(parse(text), DataError);
}

// The same network: one that draws the same weights and trains to the same ones is the same.
TEST(NetworkWriter, IsReadBackAsTheSameNetwork) {
  RandomStream random(11, 0);
  const auto number = [&] {
    return (2 * random.uniform() - 1) * std::pow(10.0, static_cast<double>(random.below(7)));
  };
  const auto draw = [&](Shape shape) {
    DoubleTensor tensor(shape);
    for (double& value : tensor.values) value = number();
    return tensor;
  };
  const std::vector<Optimizer> optimizers{
      SGD{.learning_rate = 0.1 + 0.2, .momentum = 0.9, .nesterov = true}, Adam{.beta1 = 1.0 / 3},
      AdamW{.weight_decay = 1e-300}, RMSProp{.epsilon = 1e22}, Adagrad{.learning_rate = 5}};
  for (const Optimizer& optimizer : optimizers)
    for (const std::string_view loss : loss_names()) {
      NetworkFile file;
      file.input = {3};
      file.seed = std::numeric_limits<std::int64_t>::max();
      file.model = {
          nn::Dense{
              .units = 4, .activation = nn::elu, .weight = draw({4, 3}), .bias_values = draw({4})},
          nn::Dropout{1.0 / 7}, nn::Dense{.units = 2, .bias = false, .init = nn::Init::zeros},
          nn::softplus, nn::Dense{.units = 2, .init = nn::Init::he}};
      file.loss = loss_named(loss, loss == "huber" ? 0.1 : 1.0);
      if (loss == "pinball") file.loss->levels = {1.0 / 3, 0.9};
      if (loss == "cross_entropy") file.loss->class_weights = {1e-9, 7.0 / 3};
      file.optimizer = optimizer;
      file.examples = {{{number(), 0, -0.0}, {1, 0}}};

      const std::string text = to_toml(file);
      const NetworkFile back = parse(text);
      EXPECT_EQ(back.input, file.input);
      EXPECT_EQ(back.seed, file.seed);
      ASSERT_EQ(back.model.layers.size(), file.model.layers.size());
      for (std::size_t i = 0; i < file.model.layers.size(); ++i)
        expect_equal(back.model.layers[i], file.model.layers[i]);
      EXPECT_EQ(back.loss->name, file.loss->name);
      EXPECT_EQ(back.loss->delta, file.loss->delta);
      EXPECT_EQ(back.loss->levels, file.loss->levels);
      EXPECT_EQ(back.loss->class_weights, file.loss->class_weights);
      EXPECT_EQ(back.examples.at(0).input, file.examples.at(0).input);
      EXPECT_EQ(back.examples.at(0).target, file.examples.at(0).target);
      EXPECT_EQ(to_toml(back), text) << "the optimizer's fields among them";
    }
}

TEST(NetworkWriter, WritesWhatAPersonWouldWrite) {
  NetworkFile file;
  file.input = {2};
  file.model = {nn::Dense{.units = 2,
                          .activation = nn::sigmoid,
                          .bias = false,
                          .weight = DoubleTensor({2, 2}, {0.3, 0.25, 1, -2})},
                nn::Dropout{0.5}, nn::Dense{.units = 1}};
  file.loss = loss_named("huber", 2);
  file.optimizer = SGD{.learning_rate = 0.5};
  EXPECT_EQ(to_toml(file), R"([network]
input = 2
seed = 0

[[network.layer]]
type = "dense"
units = 2
activation = "sigmoid"
bias = false
weight = [
  [0.3, 0.25],
  [1.0, -2.0],
]

[[network.layer]]
type = "dropout"
rate = 0.5

[[network.layer]]
type = "dense"
units = 1
activation = "identity"
bias = true

[loss]
type = "huber"
delta = 2.0

[optimizer]
type = "sgd"
learning_rate = 0.5
momentum = 0.0
nesterov = false
weight_decay = 0.0
)");
}

// What a file says of a layer's place comes back as it was written.
TEST(NetworkFile, KeepsThePlacesOfLayers) {
  NetworkFile file;
  file.input = {2, 6, 5};
  file.model = {
      nn::Layer(nn::Conv2d{.channels = 2, .kernel = {1, 3}, .padding = {0, 1}}).named("a"),
      nn::Layer(nn::Conv2d{.channels = 2, .kernel = {1, 3}, .padding = {0, 1}})
          .named("b")
          .sharing("a"),
      nn::Layer(nn::Add{}).from({"b", "input"}).named("around"),
      nn::Layer(nn::Dense{.units = 3}).frozen().learning(0.25).undecayed()};
  const std::string text = to_toml(file);
  const NetworkFile back = parse(text);
  EXPECT_EQ(to_toml(back), text);
  EXPECT_EQ(back.input, file.input);
  ASSERT_EQ(back.model.layers.size(), 4U);
  EXPECT_EQ(back.model.layers[1].owner(), "a");
  EXPECT_EQ(back.model.layers[2].inputs(), (std::vector<std::string>{"b", "input"}));
  EXPECT_EQ(back.model.layers[2].name(), "around");
  EXPECT_TRUE(back.model.layers[3].is_frozen());
  EXPECT_EQ(back.model.layers[3].rate_factor(), 0.25);
  EXPECT_FALSE(back.model.layers[3].decays());
}

TEST(NetworkFile, KeepsGroupsOfParameters) {
  const std::string head = "[network]\ninput = 2\n[[network.layer]]\ntype = \"dense\"\nunits = 2\n";
  const NetworkFile file = parse(head + R"(
[[network.parameters]]
match = "*.bias"
learning_rate_factor = 2
weight_decay = true
[[network.parameters]]
match = "*"
weight_decay_factor = 0.5
trainable = false
[[network.parameters]]
match = "dense1.*"
weight_decay = false
)");
  ASSERT_EQ(file.model.groups.size(), 3U);
  EXPECT_EQ(file.model.groups[0].match, "*.bias");
  EXPECT_EQ(file.model.groups[0].rate_factor, 2);
  EXPECT_EQ(file.model.groups[0].weight_decay_factor, 1);
  EXPECT_FALSE(file.model.groups[0].is_trained);
  EXPECT_EQ(file.model.groups[1].weight_decay_factor, 0.5);
  EXPECT_EQ(file.model.groups[1].is_trained, std::optional(false));
  EXPECT_EQ(file.model.groups[2].weight_decay_factor, 0);
  const std::string text = to_toml(file);
  EXPECT_EQ(to_toml(parse(text)), text);
  EXPECT_EQ(parse(text).model.groups.size(), 3U);
}

}  // namespace
}  // namespace chainrule
