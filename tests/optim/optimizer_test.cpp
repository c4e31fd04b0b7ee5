#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/random.h"
#include "chainrule/gradient.h"
#include "chainrule/nn.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "nn/message.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

constexpr std::size_t width = 6;  // numbers in a parameter
constexpr int steps = 8;
const Shape shape{static_cast<std::int64_t>(width)};
const std::vector<double> start{0.5, -1, 2, 0.01, -0.3, 1};

using Gradients = std::array<std::vector<double>, steps>;

// Of both signs, from 1e-6 to 10 in size; those of the last number are all 0.
Gradients some_gradients() {
  RandomStream random(3, 0);
  Gradients gradients;
  for (auto& g : gradients) {
    g.resize(width);
    for (std::size_t i = 0; i + 1 < width; ++i)
      g[i] = (random.uniform() < 0.5 ? -1 : 1) * std::pow(10.0, 1 - 7 * random.uniform());
  }
  return gradients;
}

double rate_at(int t) { return 0.01 / t; }  // a rate that changes

// A weight and a bias whose gradients and rate are inputs, so that the test chooses them.
class Stepper {
 public:
  explicit Stepper(const Optimizer& optimizer) {
    const Value weight = graph.variable("weight", shape), bias = graph.variable("bias", shape);
    const Value g = graph.input("g", shape);
    add_updates(optimizer, {{"weight", weight, {}, true}, {"bias", bias, {}, false}}, {g, g},
                graph.input("rate", {}), graph.input("step", {}));
    verify(graph);
    for (const Update& update : graph.updates())
      feeds[graph.node(update.variable).name] = DoubleTensor(shape);
    feeds["weight"].values = feeds["bias"].values = start;
  }

  void run(int t, const std::vector<double>& g) {
    feeds["g"] = {shape, g};
    feeds["rate"] = {{}, {rate_at(t)}};
    feeds["step"] = {{}, {static_cast<double>(t)}};
    const auto values = evaluate(graph, feeds);
    for (const Update& update : graph.updates())
      feeds[graph.node(update.variable).name] = values[static_cast<std::size_t>(update.value)];
  }

  Graph graph;
  Feeds feeds;
};

// `rule(w, g, t)` is one number's step as its paper writes it, with a state of its own; it is made
// anew, for the weight decay that applies, by make_rule(decay).
template <class MakeRule>
void expect_steps(const Optimizer& optimizer, double weight_decay, MakeRule make_rule) {
  const Gradients gradients = some_gradients();
  Stepper stepper(optimizer);
  for (int t = 1; t <= steps; ++t) stepper.run(t, gradients[static_cast<std::size_t>(t - 1)]);
  for (const std::string name : {"weight", "bias"})
    for (std::size_t i = 0; i < width; ++i) {
      auto rule = make_rule(name == "weight" ? weight_decay : 0.0);
      double w = start[i];
      for (int t = 1; t <= steps; ++t) rule(w, gradients[static_cast<std::size_t>(t - 1)][i], t);
      EXPECT_NEAR(stepper.feeds[name].values[i], w, 1e-14 * std::max(1.0, std::abs(w)))
          << name_of(optimizer) << ", " << name << " " << i;
    }
}

TEST(SGD, GoesDownTheGradient) {
  for (const double decay : {0.0, 0.1})
    expect_steps(SGD{.weight_decay = decay}, decay, [](double wd) {
      return [=](double& w, double g, int t) { w -= rate_at(t) * (g + wd * w); };
    });
}

TEST(SGD, GathersMomentum) {
  expect_steps(SGD{.momentum = 0.9, .weight_decay = 0.1}, 0.1, [](double wd) {
    return [=, v = 0.0](double& w, double g, int t) mutable {
      v = 0.9 * v + (g + wd * w);
      w -= rate_at(t) * v;
    };
  });
}

// Nesterov as Sutskever et al. write it: the gradient is taken at the point to which the momentum
// would lead. With p = w - rate mu v (here at a constant rate) their step in p is the one here.
TEST(SGD, LooksAheadWithNesterov) {
  expect_steps(SGD{.momentum = 0.8, .nesterov = true, .weight_decay = 0.1}, 0.1, [](double wd) {
    return [=, v = 0.0](double& w, double g, int t) mutable {
      const double decayed = g + wd * w;
      v = 0.8 * v + decayed;
      w -= rate_at(t) * (decayed + 0.8 * v);
    };
  });
}

TEST(SGD, NesterovIsSutskeversRuleSeenFromTheLookAheadPoint) {
  // E = 1/2 a w^2, so that the gradient at any point is a times it.
  const double a = 3, rate = 0.05, mu = 0.9;
  double theta = 1, velocity = 0;  // v' = mu v - rate g(theta + mu v); theta' = theta + v'
  Graph graph;
  const Value w = graph.variable("w", {});
  add_updates(SGD{.momentum = mu, .nesterov = true}, {{"w", w, {}, true}}, {a * w},
              graph.constant(rate), {});
  Feeds feeds{{"w", {{}, {1}}}, {"w.v", {{}, {0}}}};
  for (int t = 0; t < 5; ++t) {
    const auto values = evaluate(graph, feeds);
    for (const Update& update : graph.updates())
      feeds[graph.node(update.variable).name] = values[static_cast<std::size_t>(update.value)];
    velocity = mu * velocity - rate * a * (theta + mu * velocity);
    theta += velocity;
    EXPECT_NEAR(feeds["w"].values[0], theta + mu * velocity, 1e-15);
  }
}

// Kingma & Ba 2015, algorithm 1.
auto paper_adam(double beta1, double beta2, double epsilon, double decay_in_gradient,
                double decay_apart) {
  return [=, m = 0.0, v = 0.0](double& w, double g, int t) mutable {
    g += decay_in_gradient * w;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const double m_hat = m / (1 - std::pow(beta1, t)), v_hat = v / (1 - std::pow(beta2, t));
    w -= rate_at(t) * (m_hat / (std::sqrt(v_hat) + epsilon) + decay_apart * w);
  };
}

TEST(Adam, FollowsItsPaper) {
  for (const double decay : {0.0, 0.1})
    expect_steps(Adam{.weight_decay = decay}, decay,
                 [](double wd) { return paper_adam(0.9, 0.999, 1e-8, wd, 0); });
  // An epsilon of the gradients' size: it must stand where the paper puts it.
  expect_steps(Adam{.beta1 = 0.5, .beta2 = 0.9, .epsilon = 0.01}, 0,
               [](double) { return paper_adam(0.5, 0.9, 0.01, 0, 0); });
  expect_steps(Adam{.beta1 = 0, .beta2 = 0}, 0,
               [](double) { return paper_adam(0, 0, 1e-8, 0, 0); });
}

TEST(AdamW, DecaysApartFromTheGradient) {
  for (const double decay : {0.0, 0.1})
    expect_steps(AdamW{.weight_decay = decay}, decay,
                 [](double wd) { return paper_adam(0.9, 0.999, 1e-8, 0, wd); });
}

TEST(RMSProp, DividesByTheRunningSize) {
  for (const double decay : {0.0, 0.1})
    expect_steps(RMSProp{.weight_decay = decay}, decay, [](double wd) {
      return [=, v = 0.0](double& w, double g, int t) mutable {
        g += wd * w;
        v = 0.9 * v + 0.1 * g * g;
        w -= rate_at(t) * g / (std::sqrt(v) + 1e-8);
      };
    });
}

TEST(Adagrad, DividesByTheSizeOfAllSoFar) {
  for (const double decay : {0.0, 0.1})
    expect_steps(Adagrad{.weight_decay = decay}, decay, [](double wd) {
      return [=, sum = 0.0](double& w, double g, int t) mutable {
        g += wd * w;
        sum += g * g;
        w -= rate_at(t) * g / (std::sqrt(sum) + 1e-10);
      };
    });
}

TEST(EveryOptimizer, TakesAtMostOneRootAndOneDivisionPerWeight) {
  for (const std::string_view name : optimizer_names()) {
    const Stepper stepper(optimizer_named(name));
    for (const char* op : {"sqrt", "divide", "power", "expm1"}) {
      const auto count = std::ranges::count_if(stepper.graph.nodes(), [&](const Node& node) {
        return node.op == find_op(op) && node.shape == shape;
      });
      const bool once =
          name != "sgd" && (op == std::string_view("sqrt") || op == std::string_view("divide"));
      EXPECT_EQ(count, once ? 2 : 0) << name << " " << op;  // of a weight and a bias
    }
  }
}

TEST(EveryOptimizer, NamesItsStateAfterTheParameter) {
  const Stepper adam(Adam{}), adagrad(Adagrad{}), sgd(SGD{});
  EXPECT_TRUE(adam.graph.find("weight.m") && adam.graph.find("weight.v"));
  EXPECT_TRUE(adagrad.graph.find("bias.sum"));
  EXPECT_EQ(sgd.graph.updates().size(), 2u);
}

TEST(EveryOptimizer, IsFoundByNameWithItsDefaults) {
  EXPECT_EQ(optimizer_names().size(), std::variant_size_v<Optimizer>);
  for (const std::string_view name : optimizer_names()) {
    Optimizer optimizer = optimizer_named(name);
    EXPECT_EQ(name_of(optimizer), name);
    EXPECT_NO_THROW(validate(optimizer));
    learning_rate(optimizer) = 0.125;
    EXPECT_EQ(std::visit([](const auto& rule) { return rule.learning_rate; }, optimizer), 0.125);
  }
  EXPECT_TRUE(std::holds_alternative<AdamW>(optimizer_named("adamw")));
  EXPECT_EQ(message([] { optimizer_named("adma"); }),
            "there is no optimizer \"adma\"; did you mean \"adam\"?");
}

TEST(EveryOptimizer, RefusesNumbersOutOfRange) {
  const auto refusal = [](const Optimizer& optimizer) {
    return message([&] { validate(optimizer); });
  };
  constexpr double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(refusal(SGD{.learning_rate = -0.1}),
            "sgd: learning_rate = -0.1; it must be above 0 and finite.");
  EXPECT_EQ(refusal(Adagrad{.learning_rate = inf}),
            "adagrad: learning_rate = inf; it must be above 0 and finite.");
  EXPECT_EQ(refusal(SGD{.momentum = 1}), "sgd: momentum = 1; it must be at least 0 and below 1.");
  EXPECT_EQ(refusal(SGD{.nesterov = true}),
            "sgd: nesterov = true needs a momentum. Set momentum = 0.9, or nesterov = false.");
  EXPECT_EQ(refusal(Adam{.beta1 = -0.5}), "adam: beta1 = -0.5; it must be at least 0 and below 1.");
  EXPECT_EQ(refusal(AdamW{.beta2 = std::nan("")}),
            "adamw: beta2 = nan; it must be at least 0 and below 1.");
  EXPECT_EQ(refusal(AdamW{.weight_decay = -1}),
            "adamw: weight_decay = -1; it must be at least 0 and finite.");
  EXPECT_EQ(refusal(RMSProp{.decay = 2}), "rmsprop: decay = 2; it must be at least 0 and below 1.");
  EXPECT_EQ(refusal(RMSProp{.epsilon = 0}),
            "rmsprop: epsilon = 0; it must be at least 1e-30 and finite.");
  EXPECT_EQ(refusal(Adagrad{.weight_decay = inf}),
            "adagrad: weight_decay = inf; it must be at least 0 and finite.");
}

TEST(AddUpdates, RefusesGradientsThatDoNotMatch) {
  Graph graph;
  const Value w = graph.variable("w", {2, 3}), rate = graph.input("rate", {});
  const std::vector<nn::Parameter> parameters{{"w", w, {}, true}};
  EXPECT_EQ(message([&] { add_updates(SGD{}, parameters, {}, rate, {}); }),
            "add_updates: 1 parameters, but 0 gradients. Give one each.");
  EXPECT_EQ(message([&] { add_updates(SGD{}, parameters, {rate}, rate, {}); }),
            "add_updates: w has shape [2, 3], its gradient [].");
  EXPECT_EQ(message([&] { add_updates(SGD{}, parameters, {w}, w, {}); }),
            "add_updates: rate has shape [2, 3]; it must be a scalar.");
  EXPECT_EQ(message([&] { add_updates(Adam{}, parameters, {w}, rate, {}); }),
            "add_updates: adam and adamw count their steps; give them `step`.");
}

// 1 - beta^0 is 0, and a step divides by it.
TEST(AddUpdates, AdamRefusesToCountFromZero) {
  const Gradients gradients = some_gradients();
  for (const Optimizer& optimizer : {Optimizer(Adam{}), Optimizer(AdamW{})}) {
    Stepper stepper(optimizer);
    EXPECT_EQ(message([&] { stepper.run(0, gradients[0]); }),
              "step is 0; it must be at least 1: adam and adamw count their steps from 1");
    EXPECT_NO_THROW(stepper.run(1, gradients[0]));
    Session session;
    Program program(stepper.graph, session);
    EXPECT_EQ(message([&] { program.run(); }),
              "step is 0; it must be at least 1: adam and adamw count their steps from 1");
    Graph graph;
    const Value w = graph.variable("w", {});
    EXPECT_EQ(message([&] {
                add_updates(optimizer, {{"w", w, {}, true}}, {w}, w, graph.constant(0));
              }),
              "the constant is 0; it must be at least 1: adam and adamw count their steps from 1");
  }
  Stepper sgd(SGD{});
  EXPECT_NO_THROW(sgd.run(0, gradients[0]));  // knows no number of the step
}

}  // namespace
}  // namespace chainrule
