// The page's update against each optimizer's rule, written by hand for the first step: memory
// starts at 0, and Adam's corrected means are then the gradient and its square.
#include "explain/page_numbers.h"

namespace chainrule {
namespace {

ReferenceNetwork network() {
  return random_network({2, 3, 2}, {"tanh", "sigmoid"}, "half_squared_error", true, 11);
}

template <class Rule>
void expect_update(const Optimizer& optimizer, Rule rule) {
  const ReferenceNetwork net = network();
  const Json page = numbers_of(step_of(net, optimizer));
  expect_worked(page, net);
  expect_updated(page, updated(net, rule));
}

// The gradient of a loss that also has decay/2 times the sum of squared weights; biases are free.
double decayed(double g, double decay, double w, bool weight) { return weight ? g + decay * w : g; }

TEST(ExplainUpdate, OfSgdGoesAgainstTheGradient) {
  expect_update(SGD{.learning_rate = 0.3}, [](double w, double g, bool) { return w - 0.3 * g; });
}

TEST(ExplainUpdate, OfSgdDecaysWeightsAndNoBiases) {
  expect_update(
      SGD{.learning_rate = 0.3, .weight_decay = 0.2},
      [](double w, double g, bool weight) { return w - 0.3 * decayed(g, 0.2, w, weight); });
}

TEST(ExplainUpdate, OfMomentumIsTheGradientInTheFirstStep) {
  expect_update(
      SGD{.learning_rate = 0.3, .momentum = 0.9, .weight_decay = 0.2},
      [](double w, double g, bool weight) { return w - 0.3 * decayed(g, 0.2, w, weight); });
}

TEST(ExplainUpdate, OfNesterovLooksOneStepAhead) {
  expect_update(SGD{.learning_rate = 0.3, .momentum = 0.9, .nesterov = true},
                [](double w, double g, bool) { return w - 0.3 * (g + 0.9 * g); });
}

// Here and below epsilon is as large as the gradients, so that it cannot be left out unseen.
TEST(ExplainUpdate, OfAdamIsKingmaAndBas) {
  expect_update(Adam{.learning_rate = 0.1, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 0.05},
                [](double w, double g, bool) { return w - 0.1 * g / (std::abs(g) + 0.05); });
}

TEST(ExplainUpdate, OfAdamDecaysWithinTheGradient) {
  expect_update(Adam{.learning_rate = 0.1, .epsilon = 0.05, .weight_decay = 0.2},
                [](double w, double g, bool weight) {
                  const double d = decayed(g, 0.2, w, weight);
                  return w - 0.1 * d / (std::abs(d) + 0.05);
                });
}

TEST(ExplainUpdate, OfAdamWDecaysApartFromTheGradient) {
  expect_update(AdamW{.learning_rate = 0.1, .epsilon = 0.05, .weight_decay = 0.2},
                [](double w, double g, bool weight) {
                  return w - 0.1 * g / (std::abs(g) + 0.05) - (weight ? 0.1 * 0.2 * w : 0);
                });
}

TEST(ExplainUpdate, OfRmspropDividesByTheRootOfTheRunningMean) {
  expect_update(RMSProp{.learning_rate = 0.1, .decay = 0.75, .epsilon = 0.05, .weight_decay = 0.2},
                [](double w, double g, bool weight) {
                  const double d = decayed(g, 0.2, w, weight);
                  return w - 0.1 * d / (std::sqrt(0.25 * d * d) + 0.05);
                });
}

TEST(ExplainUpdate, OfAdagradDividesByTheRootOfTheSum) {
  expect_update(Adagrad{.learning_rate = 0.1, .epsilon = 0.05, .weight_decay = 0.2},
                [](double w, double g, bool weight) {
                  const double d = decayed(g, 0.2, w, weight);
                  return w - 0.1 * d / (std::abs(d) + 0.05);
                });
}

}  // namespace
}  // namespace chainrule
