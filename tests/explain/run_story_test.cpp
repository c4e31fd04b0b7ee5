// Stories of a step's numbers: of random networks, every quantity agrees with the engine and with
// finite differences, and what is told wrongly is found.
#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "explain/step_notes.h"
#include "explain/story/run_story.h"
#include "tensor/index_text.h"

namespace chainrule::page {
namespace {

using ::testing::HasSubstr;

struct Case {
  std::uint64_t seed;
  StepState state;
  std::string about;
};

DoubleTensor random_tensor(Shape shape, std::mt19937_64& random, double size) {
  std::normal_distribution<double> normal(0, size);
  DoubleTensor tensor(shape);
  // What a step starts from is in single precision.
  for (double& value : tensor.values)
    value = static_cast<double>(static_cast<float>(normal(random)));
  return tensor;
}

template <class T>
T one_of(std::initializer_list<T> list, std::mt19937_64& random) {
  return list.begin()[random() % list.size()];
}

// A step somewhere in the middle of a run: weights and the optimizer's memory are random.
StepState random_state(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  StepState state;
  const auto inputs = static_cast<std::int64_t>(1 + random() % 5);
  const auto batch = static_cast<std::int64_t>(1 + random() % 6);
  const auto outputs = static_cast<std::int64_t>(2 + random() % 3);
  const std::size_t hidden = random() % 3;
  for (std::size_t i = 0; i < hidden; ++i) {
    state.network.layers.emplace_back(
        nn::Dense{.units = static_cast<std::int64_t>(2 + random() % 5),
                  .activation = one_of({nn::sigmoid, nn::tanh, nn::relu, nn::leaky_relu, nn::elu,
                                        nn::gelu, nn::silu, nn::softplus},
                                       random),
                  .bias = random() % 4 != 0});
    if (random() % 3 == 0) state.network.layers.emplace_back(nn::Dropout{.rate = 0.3});
  }
  state.network.layers.emplace_back(nn::Dense{.units = outputs});
  const char* loss = one_of({"cross_entropy", "mean_squared_error", "half_squared_error", "huber",
                             "binary_cross_entropy", "mean_absolute_error"},
                            random);
  state.loss = loss_named(loss);
  state.optimizer = optimizer_named(one_of({"sgd", "adam", "adamw", "rmsprop", "adagrad"}, random));
  if (auto* sgd = std::get_if<SGD>(&state.optimizer)) {
    sgd->momentum = one_of({0.0, 0.9}, random);
    sgd->weight_decay = one_of({0.0, 0.01}, random);
  }
  state.options.clip_norm = one_of({0.0, 0.01}, random);
  state.options.schedules_dropout = seed % 2 == 0;
  state.options.schedules_decay = seed % 3 == 0;
  state.options.weight_average = seed % 5 < 2 ? 0.9 : 0;
  state.seed = seed;

  state.feeds["x"] = random_tensor({batch, inputs}, random, 1);
  DoubleTensor target = random_tensor({batch, outputs}, random, 1);
  if (state.loss.name == "cross_entropy" || state.loss.name == "binary_cross_entropy") {
    std::ranges::fill(target.values, 0.0);
    for (std::int64_t row = 0; row < batch; ++row)
      target.values[static_cast<std::size_t>(row * outputs) +
                    random() % static_cast<std::uint64_t>(outputs)] = 1;
  }
  state.feeds["target"] = target;
  state.feeds["learning_rate"] = {{}, {static_cast<double>(0.01F)}};
  state.feeds["dropout_factor"] = state.feeds["decay_factor"] = {{}, {0.75}};
  state.feeds["step"] = {{}, {static_cast<double>(1 + random() % 1000)}};
  state.feeds["counter"] = {{2}, {state.feeds["step"].values[0], 0}};
  Graph graph;
  trace_training(
      graph,
      {state.network, state.loss, state.optimizer, batch, {inputs}, outputs, seed, state.options});
  for (const Node& node : graph.nodes())
    if (node.inputs.empty() && !node.name.empty() && !state.feeds.contains(node.name)) {
      state.feeds[node.name] = random_tensor(node.shape, random, 0.5);
      const bool is_square = node.name.ends_with(".v") || node.name.ends_with(".sum");
      if (is_square && !std::holds_alternative<SGD>(state.optimizer))
        for (double& value : state.feeds[node.name].values) value = std::abs(value);
    }
  return state;
}

Page story_of(RunStep& step, const std::string& quantity, const StoryOptions& options = {},
              const Tamper& tamper = {}) {
  return build_story(step, parse_quantity(step, quantity, 0), a_step(), options, tamper);
}

// Some quantities of every tensor that can be asked for.
std::vector<std::string> quantities_of(RunStep& step, std::mt19937_64& random) {
  std::vector<std::string> quantities{"loss"};
  const auto pick = [&](const Shape& shape) {
    return index_text(
        shape, static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(shape.size())));
  };
  for (const Value& value : step.traced().wanted) {
    const std::string name = value.node().name + pick(value.shape());
    quantities.push_back(name);
    quantities.push_back(name + ".gradient");
  }
  for (const Value& state : step.states())
    quantities.push_back(state.node().name + pick(state.shape()));
  quantities.push_back("output" + pick(step.prediction().shape()));
  return quantities;
}

class RandomStep : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomStep, EveryStoryAgreesWithTheEngineAndWithFiniteDifferences) {
  RunStep step(random_state(GetParam()));
  std::mt19937_64 random(GetParam());
  for (const std::string& quantity : quantities_of(step, random)) {
    const Page page = story_of(step, quantity);
    EXPECT_TRUE(page.verdict.passed) << quantity << "\n" << write_text(page, {});
  }
}

TEST_P(RandomStep, AWrongRuleIsFoundByTheFiniteDifference) {
  const StepState state = random_state(GetParam());
  RunStep right(state);
  std::mt19937_64 random(GetParam());
  for (const Value& value : right.traced().wanted) {
    const NodeId node = value.id();
    RunStep wrong(state, [&](TracedTraining& traced) {
      for (std::size_t i = 0; i < traced.wanted.size(); ++i)
        if (traced.wanted[i].id() == node) traced.gradients[i] = 1.01 * traced.gradients[i];
    });
    // The largest entry: what is 0 stays 0 under any factor.
    const Value gradient = right.gradient_of(right.graph().value(node));
    std::int64_t largest = 0;
    for (std::int64_t i = 0; i < gradient.shape().size(); ++i)
      if (std::abs(right.elements().value({gradient.id(), i})) >
          std::abs(right.elements().value({gradient.id(), largest})))
        largest = i;
    if (std::abs(right.elements().value({gradient.id(), largest})) < 1e-6) continue;
    const std::string quantity = value.node().name + index_text(value.shape(), largest);
    EXPECT_FALSE(story_of(wrong, quantity + ".gradient").verdict.passed) << quantity;
  }
}

TEST_P(RandomStep, AFactorThatIsToldWronglyIsFound) {
  RunStep step(random_state(GetParam()));
  const Tamper tamper = [](const std::string& symbol, double& value) {
    if (symbol.starts_with("dE/ddense1.z[")) value *= 1 + 1e-6;
  };
  const Value weight = step.find("dense1.weight").value();
  const Value gradient = step.gradient_of(weight);
  const bool is_zero = std::abs(step.elements().value({gradient.id(), 0})) < 1e-9;
  const Page page = story_of(step, "dense1.weight[0,0].gradient", {}, tamper);
  EXPECT_EQ(page.verdict.passed, is_zero);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomStep, ::testing::Range<std::uint64_t>(0, 60));

// Whatever is asked of whatever network, the drawing has a weight for every line, and lights up the
// neurons that the story is about.
TEST_P(RandomStep, TheDrawingFitsTheStory) {
  RunStep step(random_state(GetParam()));
  std::mt19937_64 random(GetParam());
  for (const std::string& quantity : quantities_of(step, random)) {
    const Page page = story_of(step, quantity);
    if (!page.diagram) continue;
    const std::vector<Column>& columns = page.diagram->columns;
    ASSERT_GE(columns.size(), 2U) << quantity;
    bool any_lit = false;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      for (const Neuron& neuron : columns[c].neurons) any_lit = any_lit || neuron.lit;
      const std::size_t lines =
          c == 0 ? 0 : columns[c - 1].neurons.size() * columns[c].neurons.size();
      EXPECT_EQ(columns[c].connections.size(), lines) << quantity;
    }
    EXPECT_TRUE(any_lit || quantity == "loss") << quantity;
  }
}

// Unit 1 is off in all three rows, unit 0 in none.
TEST(ZeroGradients, SayWhyTheyAreZero) {
  StepState state;
  state.network.layers.emplace_back(nn::Dense{.units = 2, .activation = nn::relu});
  state.network.layers.emplace_back(nn::Dense{.units = 1});
  state.loss = loss_named("half_squared_error");
  state.optimizer = SGD{.learning_rate = 0.1};
  state.feeds["x"] = {{3, 2}, {1, 2, 3, 0, 0.5, 0}};
  state.feeds["target"] = {{3, 1}, {1, 0, 1}};
  state.feeds["learning_rate"] = {{}, {0.1}};
  state.feeds["step"] = {{}, {1}};
  state.feeds["dense1.weight"] = {{2, 2}, {1, 1, -1, -2}};
  state.feeds["dense1.bias"] = {{2}, {0.1, -0.25}};
  RunStep step(state);
  const std::string off = write_text(story_of(step, "dense1.weight[1,0]"), {});
  EXPECT_THAT(off, HasSubstr("Unit 1 of dense1 was off for every one of the 3 rows: z < 0"));
  EXPECT_THAT(off, HasSubstr("-0.75"));  // the largest z: -1 x 0.5 - 0.25
  EXPECT_THAT(write_text(story_of(step, "dense1.weight[0,0]"), {}),
              testing::Not(HasSubstr("was off")));
}

TEST(Asked, UnknownNamesGetTheNearestOne) {
  RunStep step(random_state(3));
  const auto message = [&](const std::string& quantity) {
    try {
      parse_quantity(step, quantity, 0);
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message("dense1.wight[0,0]"), HasSubstr("did you mean \"dense1.weight\"?"));
  EXPECT_THAT(message("dense1.weight[99,0]"), HasSubstr("indices count from 0"));
  EXPECT_THAT(message("dense1.weight[0]"), HasSubstr("2 indices"));
  EXPECT_THAT(message("dense1.weight[0;1]"), HasSubstr("in brackets, such as [3,5]"));
  EXPECT_THAT(message("dense1.weight[0,1"), HasSubstr("in brackets, such as [3,5]"));
  EXPECT_THAT(message("x[0,0].gradient"), HasSubstr("no gradient of x"));
}

TEST(Asked, AQuantityOfASampleMayLeaveTheSampleOut) {
  RunStep step(random_state(3));
  ASSERT_GT(step.batch(), 1);
  EXPECT_EQ(parse_quantity(step, "dense1.z[1]", 1).element,
            parse_quantity(step, "dense1.z[1,1]", 0).element);
}

}  // namespace
}  // namespace chainrule::page
