// What happens where formulas end: NaN, infinities, ties, kinks and the edge of a domain.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "ops/numbers.h"

namespace chainrule {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(NaN, PassesThroughMinimumAndMaximumFromEitherSide) {
  const DoubleTensor a = row({nan, 1, nan}), b = row({1, nan, nan});
  for (auto* f : {static_cast<Value (*)(Value, Value)>(minimum),
                  static_cast<Value (*)(Value, Value)>(maximum)})
    for (const double y : value_of([&](auto x) { return f(x[0], x[1]); }, {a, b}).values)
      EXPECT_TRUE(std::isnan(y));
}

TEST(NaN, PassesThroughMaxWhereverItStands) {
  for (const Numbers& values : {Numbers{nan, 1, 2}, Numbers{1, nan, 2}, Numbers{1, 2, nan}})
    EXPECT_TRUE(std::isnan(value_of([](auto x) { return max(x[0]); }, {row(values)}).values[0]));
  EXPECT_EQ(value_of([](auto x) { return max(x[0]); }, {row({-infinity, -infinity})}).values[0],
            -infinity);
}

TEST(NaN, ComparesUnequalToEverything) {
  const DoubleTensor a = row({nan, 1, nan}), b = row({1, nan, nan});
  const DoubleTensor zeros = row({0, 0, 0}), ones = row({1, 1, 1});
  EXPECT_EQ(value_of([](auto x) { return greater(x[0], x[1]); }, {a, b}), zeros);
  EXPECT_EQ(value_of([](auto x) { return greater_equal(x[0], x[1]); }, {a, b}), zeros);
  EXPECT_EQ(value_of([](auto x) { return less(x[0], x[1]); }, {a, b}), zeros);
  EXPECT_EQ(value_of([](auto x) { return less_equal(x[0], x[1]); }, {a, b}), zeros);
  EXPECT_EQ(value_of([](auto x) { return equal(x[0], x[1]); }, {a, b}), zeros);
  EXPECT_EQ(value_of([](auto x) { return not_equal(x[0], x[1]); }, {a, b}), ones);
}

TEST(NaN, PassesThroughEveryActivation) {
  for (auto* f : {sigmoid, static_cast<Value (*)(Value)>(tanh), relu, gelu, silu, softplus, sign,
                  softmax, log_softmax})
    EXPECT_TRUE(std::isnan(value_of([&](auto x) { return f(x[0]); }, {row({nan})}).values[0]));
  EXPECT_TRUE(
      std::isnan(value_of([](auto x) { return leaky_relu(x[0]); }, {row({nan})}).values[0]));
  EXPECT_TRUE(std::isnan(value_of([](auto x) { return elu(x[0]); }, {row({nan})}).values[0]));
}

TEST(Select, IgnoresTheBranchThatIsNotTaken) {
  const std::vector<DoubleTensor> x{row({1, 0}), row({2, nan}), row({infinity, 3})};
  const auto f = [](auto v) { return select(v[0], v[1], v[2]); };
  EXPECT_EQ(value_of(f, x), row({2, 3}));
  EXPECT_EQ(gradient_of(f, x, 0), row({0, 0}));
  EXPECT_EQ(gradient_of(f, x, 1), row({1, 0}));
  EXPECT_EQ(gradient_of(f, x, 2), row({0, 1}));
}

// The branch gets 0, and 0 times an infinite partial is NaN: whoever guards a function against its
// domain's edge has to guard its operand as well, as power's record does.
TEST(Select, CannotHideAnInfinitePartialBehindIt) {
  const auto careless = [](Value x) { return select(greater(x, 0.0), log(x), 0.0 * x); };
  EXPECT_TRUE(std::isnan(derivative_of(careless, 0)));
  const auto careful = [](Value x) {
    const Value positive = greater(x, 0.0);
    return select(positive, log(select(positive, x, 1.0 + 0.0 * x)), 0.0 * x);
  };
  EXPECT_EQ(derivative_of(careful, 0), 0);
  EXPECT_EQ(derivative_of(careful, 4), 0.25);
}

TEST(Ties, ShareTheGradientEvenly) {
  const DoubleTensor two = row({2});
  EXPECT_EQ(gradient_of([](auto x) { return maximum(x[0], x[1]); }, {two, two}), row({0.5}));
  EXPECT_EQ(gradient_of([](auto x) { return minimum(x[0], x[1]); }, {two, two}, 1), row({0.5}));
  EXPECT_EQ(gradient_of([](auto x) { return max(x[0]); }, {row({3, 1, 3, 3})}),
            row({1.0 / 3, 0, 1.0 / 3, 1.0 / 3}));
}

TEST(Kinks, HaveTheDerivativeThatTheFieldAgreesOn) {
  EXPECT_EQ(derivative_of(relu, 0), 0);
  EXPECT_EQ(derivative_of(static_cast<Value (*)(Value)>(abs), 0), 0);
  EXPECT_EQ(derivative_of([](Value x) { return leaky_relu(x, 0.1); }, 0), 0.1);
  EXPECT_EQ(derivative_of([](Value x) { return elu(x, 1.0); }, 0), 1);
  EXPECT_EQ(derivative_of([](Value x) { return elu(x, 0.5); }, 0), 0.5);
  EXPECT_EQ(derivative_of(softplus, 0), 0.5);
  EXPECT_EQ(derivative_of(sigmoid, 0), 0.25);
}

TEST(Power, HasItsDerivativesAtBaseZero) {
  const auto derivative = [](double exponent, int order) {
    return derivative_of([&](Value x) { return power(x, exponent); }, 0, order);
  };
  EXPECT_EQ(derivative(0, 1), 0);
  EXPECT_EQ(derivative(1, 1), 1);
  EXPECT_EQ(derivative(1, 2), 0);
  EXPECT_EQ(derivative(2, 1), 0);
  EXPECT_EQ(derivative(2, 2), 2);
  EXPECT_EQ(derivative(2, 3), 0);
  EXPECT_EQ(derivative(3, 3), 6);
  EXPECT_EQ(derivative(3, 4), 0);
  EXPECT_EQ(derivative(0.5, 1), infinity);
}

TEST(Power, OfANegativeBaseFollowsTheBaseButNotTheExponent) {
  const auto f = [](auto x) { return power(x[0], x[1]); };
  const std::vector<DoubleTensor> x{row({-2, -2, 0}), row({3, 2, 2})};
  EXPECT_EQ(value_of(f, x), row({-8, 4, 0}));
  EXPECT_EQ(gradient_of(f, x, 0), row({12, -4, 0}));
  EXPECT_EQ(gradient_of(f, x, 1), row({0, 0, 0}));
  EXPECT_TRUE(std::isnan(value_of(f, {row({-2}), row({0.5})}).values[0]));
}

TEST(Edges, AreWhatTheLimitSays) {
  EXPECT_EQ(derivative_of(static_cast<Value (*)(Value)>(sqrt), 0), infinity);
  EXPECT_EQ(derivative_of(static_cast<Value (*)(Value)>(log), 0), infinity);
  EXPECT_EQ(value_of([](auto x) { return log(x[0]); }, {row({0})}), row({-infinity}));
  EXPECT_EQ(
      value_of([](auto x) { return sigmoid(x[0]); }, {row({-infinity, -1000, 1000, infinity})}),
      row({0, 0, 1, 1}));
  EXPECT_EQ(value_of([](auto x) { return softplus(x[0]); }, {row({-infinity, infinity})}),
            row({0, infinity}));
}

// -infinity masks a class out: it gets no probability, and the others their share.
TEST(Edges, SoftmaxTakesAMask) {
  const std::vector<DoubleTensor> x{row({0, -infinity, 0})};
  EXPECT_EQ(value_of([](auto v) { return softmax(v[0]); }, x), row({0.5, 0, 0.5}));
  const auto second = [](auto v) { return slice(softmax(v[0]), {0}, {1}); };
  EXPECT_EQ(gradient_of(second, x), row({0.25, 0, -0.25}));
}

TEST(SecondDerivatives, OfPiecewiseLinearFunctionsAreZero) {
  for (const double x : {-1.5, 0.0, 1.5}) {
    EXPECT_EQ(derivative_of(static_cast<Value (*)(Value)>(abs), x, 2), 0);
    EXPECT_EQ(derivative_of(relu, x, 2), 0);
  }
}

TEST(SecondDerivatives, EqualClosedForms) {
  const double x = 0.7, s = 1 / (1 + std::exp(-x)), t = std::tanh(x);
  EXPECT_NEAR(derivative_of(sigmoid, x, 2), s * (1 - s) * (1 - 2 * s), 1e-16);
  EXPECT_NEAR(derivative_of(static_cast<Value (*)(Value)>(tanh), x, 2), -2 * t * (1 - t * t),
              1e-15);
  EXPECT_NEAR(derivative_of(softplus, x, 2), s * (1 - s), 1e-16);
  EXPECT_NEAR(derivative_of([](Value v) { return elu(v, 1.5); }, -x, 2), 1.5 * std::exp(-x), 1e-15);
}

// p = softmax(x): d2 p0 / dx0 dx1 = p0 p1 (2 p0 - 1).
TEST(SecondDerivatives, OfSoftmaxEqualTheClosedForm) {
  Calculation calculation({row({0.3, -0.2, 1.1})});
  const Value x = calculation.x[0];
  const auto element = [](Value v, std::int64_t i) { return slice(v, {i}, {i + 1}); };
  const Value p = softmax(x);
  const Value first = element(gradient(element(p, 0), {{x}})[0], 0);
  const Value second = element(gradient(first, {{x}})[0], 1);
  const Numbers q = calculation(p).values;
  EXPECT_NEAR(calculation(second).values[0], q[0] * q[1] * (2 * q[0] - 1), 1e-16);
}

}  // namespace
}  // namespace chainrule
