// The reference values against truth from elsewhere: closed forms in long double written another
// way than the records, and numbers worked by hand.
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "ops/numbers.h"

namespace chainrule {
namespace {

using Real = long double;

struct Function {
  std::string name;
  Value (*traced)(Value x);
  Real (*expected)(Real x);
  Numbers at;
};

const Numbers everywhere{-100, -30, -4.5, -1, -0.3, -1e-9, 0, 1e-9, 0.3, 1, 4.5, 30, 100};
const Numbers positive{1e-300, 1e-9, 0.3, 1, std::numbers::e, 30, 1e300};

const Function functions[] = {
    {"exp", exp, std::exp, everywhere},
    {"expm1", expm1, std::expm1, everywhere},
    {"log", log, std::log, positive},
    {"log1p", log1p, std::log1p, {-0.999, -0.3, -1e-9, 0, 1e-9, 1, 1e300}},
    {"sqrt", sqrt, std::sqrt, positive},
    {"abs", abs, [](Real x) { return x < 0 ? -x : x; }, everywhere},
    {"sign", sign, [](Real x) -> Real { return x < 0   ? -1
                                               : x > 0 ? 1
                                                       : 0; }, everywhere},
    {"erf", erf, std::erf, everywhere},
    {"negate", [](Value x) { return -x; }, [](Real x) { return 0 - x; }, everywhere},
    {"sigmoid", sigmoid, [](Real x) { return 1 / (1 + std::exp(-x)); }, everywhere},
    {"tanh", tanh, [](Real x) { return 1 - 2 / (std::exp(2 * x) + 1); }, everywhere},
    {"relu", relu, [](Real x) { return x > 0 ? x : 0; }, everywhere},
    {"leaky_relu", [](Value x) { return leaky_relu(x, 0.1); },
     [](Real x) { return x > 0 ? x : static_cast<Real>(0.1) * x; }, everywhere},
    {"elu", [](Value x) { return elu(x, 1.5); },
     [](Real x) { return x > 0 ? x : 1.5L * std::expm1(x); }, everywhere},
    {"gelu",
     gelu,
     [](Real x) { return x / 2 * std::erfc(-x / std::sqrt(2.0L)); },
     {-0.3, -1e-9, 0, 1e-9, 0.3, 1, 4.5, 30, 1000}},
    {"silu", silu, [](Real x) { return x / (1 + std::exp(-x)); }, everywhere},
    {"softplus", softplus, [](Real x) { return std::log1p(std::exp(x)); }, everywhere},
    {"x^2", [](Value x) { return power(x, 2); }, [](Real x) { return x * x; }, everywhere},
    {"x^-0.5", [](Value x) { return power(x, -0.5); }, [](Real x) { return 1 / std::sqrt(x); },
     positive},
    {"1/x", [](Value x) { return 1.0 / x; }, [](Real x) { return 1 / x; }, positive},
};

TEST(ClosedForm, OfEveryFunctionOfOneNumber) {
  for (const Function& f : functions)
    for (const double x : f.at) {
      const auto expected = static_cast<double>(f.expected(x));
      const double given = value_of([&](auto v) { return f.traced(v[0]); }, {row({x})}).values[0];
      // The absolute part is for tanh's closed form, which cancels near 0.
      EXPECT_NEAR(given, expected, 4e-16 * std::abs(expected) + 1e-18 * (1 + std::abs(x)))
          << f.name << " at " << x;
    }
}

TEST(ClosedForm, GeluLosesOnlyAbsoluteDigitsFarBelowZero) {
  for (const double x : {-1.0, -4.5, -6.0, -9.0, -40.0})
    EXPECT_NEAR(value_of([](auto v) { return gelu(v[0]); }, {row({x})}).values[0],
                x / 2 * std::erfc(-x / std::numbers::sqrt2), 2e-16 * std::abs(x));
}

TEST(ClosedForm, OfFunctionsOfTwoNumbers) {
  const DoubleTensor a = row({3, -2, 0.5}), b = row({2, 4, -8});
  EXPECT_EQ(value_of([](auto x) { return x[0] + x[1]; }, {a, b}), row({5, 2, -7.5}));
  EXPECT_EQ(value_of([](auto x) { return x[0] - x[1]; }, {a, b}), row({1, -6, 8.5}));
  EXPECT_EQ(value_of([](auto x) { return x[0] * x[1]; }, {a, b}), row({6, -8, -4}));
  EXPECT_EQ(value_of([](auto x) { return x[0] / x[1]; }, {a, b}), row({1.5, -0.5, -0.0625}));
  EXPECT_EQ(value_of([](auto x) { return power(x[0], x[1]); }, {a, b}), row({9, 16, 256}));
  EXPECT_EQ(value_of([](auto x) { return minimum(x[0], x[1]); }, {a, b}), row({2, -2, -8}));
  EXPECT_EQ(value_of([](auto x) { return maximum(x[0], x[1]); }, {a, b}), row({3, 4, 0.5}));
}

TEST(ClosedForm, OfComparisons) {
  const DoubleTensor a = row({1, 2, 3}), b = row({2, 2, 2});
  EXPECT_EQ(value_of([](auto x) { return greater(x[0], x[1]); }, {a, b}), row({0, 0, 1}));
  EXPECT_EQ(value_of([](auto x) { return greater_equal(x[0], x[1]); }, {a, b}), row({0, 1, 1}));
  EXPECT_EQ(value_of([](auto x) { return less(x[0], x[1]); }, {a, b}), row({1, 0, 0}));
  EXPECT_EQ(value_of([](auto x) { return less_equal(x[0], x[1]); }, {a, b}), row({1, 1, 0}));
  EXPECT_EQ(value_of([](auto x) { return equal(x[0], x[1]); }, {a, b}), row({0, 1, 0}));
  EXPECT_EQ(value_of([](auto x) { return not_equal(x[0], x[1]); }, {a, b}), row({1, 0, 1}));
  EXPECT_EQ(value_of([](auto x) { return select(x[0], x[1], x[2]); },
                     {row({0, -1, 0.1}), row({1, 2, 3}), row({4, 5, 6})}),
            row({4, 2, 3}));
}

const DoubleTensor two_by_three{{2, 3}, {1, 2, 3, 4, 5, 6}};

TEST(Layout, MovesNumbersWhereTheyBelong) {
  const auto moved = [](const std::function<Value(Value)>& f) {
    return value_of([&](auto x) { return f(x[0]); }, {two_by_three});
  };
  EXPECT_EQ(moved([](Value x) { return transpose(x); }), DoubleTensor({3, 2}, {1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(moved([](Value x) {
              return reshape(x, {3, 2});
            }),
            DoubleTensor({3, 2}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(moved([](Value x) { return slice(x, {0, 1}, {2, 2}); }), DoubleTensor({2, 1}, {2, 5}));
  EXPECT_EQ(moved([](Value x) {
              return pad(x, {1, 0}, {0, 1});
            }),
            DoubleTensor({3, 4}, {0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0}));
  EXPECT_EQ(moved([](Value x) {
              return concatenate({{x, slice(x, {0, 0}, {2, 1})}}, 1);
            }),
            DoubleTensor({2, 4}, {1, 2, 3, 1, 4, 5, 6, 4}));
  EXPECT_EQ(moved([](Value x) {
              return concatenate({{x, slice(x, {1, 0}, {2, 3})}}, 0);
            }),
            DoubleTensor({3, 3}, {1, 2, 3, 4, 5, 6, 4, 5, 6}));
  EXPECT_EQ(value_of(
                [](auto x) {
                  return broadcast(x[0], {2, 2, 3});
                },
                {row({1, 2, 3})}),
            DoubleTensor({2, 2, 3}, {1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(value_of(
                [](auto x) {
                  return broadcast(x[0], {2, 3});
                },
                {{{2, 1}, {7, 8}}}),
            DoubleTensor({2, 3}, {7, 7, 7, 8, 8, 8}));
  EXPECT_EQ(value_of([](auto x) { return gather(x[0], x[1]); }, {two_by_three, row({1, 0, 1})}),
            DoubleTensor({3, 3}, {4, 5, 6, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(
      value_of([](auto x) { return scatter_add(x[0], x[1], 3); }, {two_by_three, row({2, 2})}),
      DoubleTensor({3, 3}, {0, 0, 0, 0, 0, 0, 5, 7, 9}));
}

TEST(Layout, TransposeOfThreeAxesFollowsTheOrder) {
  DoubleTensor x({2, 3, 4});
  for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = static_cast<double>(i);
  const DoubleTensor y = value_of([](auto v) { return transpose(v[0], {2, 0, 1}); }, {x});
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 4; ++k)
        EXPECT_EQ(y.values[(k * 2 + i) * 3 + j], x.values[(i * 3 + j) * 4 + k]);
}

TEST(Layout, GatherRefusesRowsThatTheTableHasNot) {
  const auto pick = [](auto x) { return gather(x[0], x[1]); };
  EXPECT_THROW(value_of(pick, {two_by_three, row({2})}), std::invalid_argument);
  EXPECT_THROW(value_of(pick, {two_by_three, row({-1})}), std::invalid_argument);
}

TEST(Reductions, KeepTheReducedAxes) {
  const auto reduced = [](const std::function<Value(Value)>& f) {
    return value_of([&](auto x) { return f(x[0]); }, {two_by_three});
  };
  EXPECT_EQ(reduced([](Value x) { return sum(x); }), DoubleTensor({1, 1}, {21}));
  EXPECT_EQ(reduced([](Value x) { return sum(x, {0}); }), DoubleTensor({1, 3}, {5, 7, 9}));
  EXPECT_EQ(reduced([](Value x) { return mean(x, {-1}); }), DoubleTensor({2, 1}, {2, 5}));
  EXPECT_EQ(reduced([](Value x) { return max(-x, {1}); }), DoubleTensor({2, 1}, {-1, -4}));
  EXPECT_EQ(value_of(
                [](auto x) {
                  return sum(x[0], {0, 2});
                },
                {{{2, 2, 2}, {1, 2, 3, 4, 10, 20, 30, 40}}}),
            DoubleTensor({1, 2, 1}, {33, 77}));
  EXPECT_EQ(value_of([](auto x) { return sum(x[0], {0}); }, {DoubleTensor(Shape{0, 2})}),
            DoubleTensor({1, 2}, {0, 0}));
}

TEST(Matmul, MultipliesRowsByColumns) {
  EXPECT_EQ(value_of([](auto x) { return matmul(x[0], x[1]); },
                     {two_by_three, {{3, 2}, {1, 10, 2, 20, 3, 30}}}),
            DoubleTensor({2, 2}, {14, 140, 32, 320}));
}

TEST(Softmax, IsExactForLargeLogits) {
  const auto p =
      value_of([](auto x) { return softmax(x[0]); }, {{{2, 3}, {1000, 999, -1000, 0, 0, 0}}});
  const auto expected = static_cast<double>(1 / (1 + std::exp(-1.0L)));
  EXPECT_NEAR(p.values[0], expected, 1e-16);
  EXPECT_NEAR(p.values[1], 1 - expected, 1e-16);
  EXPECT_EQ(p.values[2], 0);
  for (std::size_t i = 3; i < 6; ++i) EXPECT_NEAR(p.values[i], 1.0 / 3, 1e-16);
  const auto l = value_of([](auto x) { return log_softmax(x[0]); }, {row({1000, 0, -1000})});
  EXPECT_EQ(l, row({0, -1000, -2000}));  // e^-1000 is less than half a unit in the last place
}

TEST(Losses, EqualTheirDefinitions) {
  const DoubleTensor output{{2, 2}, {0.5, -1, 2, 0}}, target{{2, 2}, {1, 1, 0, 0.25}};
  const auto loss = [&](Value (*f)(Value, Value)) {
    return value_of([&](auto x) { return f(x[0], x[1]); }, {output, target}).values[0];
  };
  // The errors are 0.5, 2, -2, 0.25.
  EXPECT_DOUBLE_EQ(loss(half_squared_error), (0.25 + 4 + 4 + 0.0625) / 2 / 2);
  EXPECT_DOUBLE_EQ(loss(mean_squared_error), (0.25 + 4 + 4 + 0.0625) / 4);
  EXPECT_DOUBLE_EQ(loss(mean_absolute_error), (0.5 + 2 + 2 + 0.25) / 4);
  EXPECT_DOUBLE_EQ(
      value_of([](auto x) { return huber(x[0], x[1], 1.5); }, {output, target}).values[0],
      (0.125 + 2 * 1.5 * (2 - 0.75) + 0.03125) / 4);
  // Short by 0.5 and 0.25 of a target costs the level of it, by -2 the rest up to 1.
  EXPECT_DOUBLE_EQ(value_of(
                       [](auto x) {
                         return pinball(x[0], x[1], {0.1, 0.75});
                       },
                       {output, target})
                       .values[0],
                   (0.1 * 0.5 + 0.75 * 2 + 0.9 * 2 + 0.75 * 0.25) / 4);
}

TEST(Losses, CrossEntropyEqualsItsDefinitionInLongDouble) {
  const Numbers z{2, -1, 0.5, 0, 3, -2}, t{0.2, 0.5, 0.3, 0, 1, 0};
  Real expected = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    Real total = 0;
    for (std::size_t j = 0; j < 3; ++j) total += std::exp(static_cast<Real>(z[3 * i + j]));
    for (std::size_t j = 0; j < 3; ++j)
      expected -= t[3 * i + j] * std::log(std::exp(static_cast<Real>(z[3 * i + j])) / total) / 2;
  }
  const auto loss = [](auto x) { return cross_entropy(x[0], x[1]); };
  EXPECT_NEAR(value_of(loss, {{{2, 3}, z}, {{2, 3}, t}}).values[0], static_cast<double>(expected),
              1e-15);
  EXPECT_EQ(value_of(loss, {{{1, 2}, {1000, 0}}, {{1, 2}, {0, 1}}}).values[0], 1000);
  EXPECT_EQ(value_of(loss, {{{1, 2}, {1000, 0}}, {{1, 2}, {1, 0}}}).values[0], 0);
}

TEST(Losses, BinaryCrossEntropyEqualsItsDefinitionAndStaysFinite) {
  const auto loss = [](double z, double t) {
    return value_of([](auto x) { return binary_cross_entropy(x[0], x[1]); },
                    {{{1, 1}, {z}}, {{1, 1}, {t}}})
        .values[0];
  };
  for (const double z : {-30.0, -2.0, 0.0, 0.7, 30.0})
    for (const double t : {0.0, 0.3, 1.0}) {
      const Real s = 1 / (1 + std::exp(-static_cast<Real>(z)));
      const Real rest = 1 / (1 + std::exp(static_cast<Real>(z)));  // 1 - s, all digits kept
      EXPECT_NEAR(loss(z, t), static_cast<double>(-t * std::log(s) - (1 - t) * std::log(rest)),
                  4e-15)
          << z << " against " << t;
    }
  EXPECT_EQ(loss(1000, 1), 0);
  EXPECT_EQ(loss(1000, 0), 1000);
  EXPECT_EQ(loss(-1000, 0), 0);
  EXPECT_EQ(loss(-1000, 1), 1000);
}

TEST(Random, RowsOfALargerTensorAreItsOwn) {
  const auto draw = [](std::int64_t rows, const std::vector<double>& counter) {
    return value_of(
               [&](auto x) {
                 return random_uniform(x[0], {rows, 3, 5}, 1, 2);
               },
               {row(counter)})
        .values;
  };
  const std::vector<double> whole = draw(8, {5, 1});
  for (const std::int64_t first : {0, 1, 3, 7})
    for (std::int64_t rows = 1; first + rows <= 8; ++rows) {
      const auto begin = whole.begin() + first * 15;
      EXPECT_EQ(draw(rows, {5, 1, static_cast<double>(first)}),
                std::vector<double>(begin, begin + rows * 15));
    }
}

TEST(Random, NumbersDependOnSeedStreamAndCounterAlone) {
  const auto draw = [](double low, double high, std::uint64_t seed, std::uint64_t stream) {
    return value_of(
        [&](auto x) {
          return random_uniform(x[0], {50, 20}, seed, stream);
        },
        {row({low, high})});
  };
  const DoubleTensor first = draw(5, 0, 1, 2);
  EXPECT_EQ(first, draw(5, 0, 1, 2));
  for (const DoubleTensor& other :
       {draw(6, 0, 1, 2), draw(5, 1, 1, 2), draw(5, 0, 3, 2), draw(5, 0, 1, 3)})
    EXPECT_NE(first, other);
  double total = 0;
  for (const double u : first.values) {
    EXPECT_TRUE(u >= 0 && u < 1);
    EXPECT_EQ(u, static_cast<double>(static_cast<float>(u)));  // exact in single precision
    total += u;
  }
  EXPECT_NEAR(total / 1000, 0.5, 5 / std::sqrt(12.0 * 1000));  // five standard errors
}

TEST(Random, DropoutZeroesAtItsRateAndKeepsTheMean) {
  const DoubleTensor ones = DoubleTensor::filled({100, 10}, 1.0);
  const auto drop = [&](double rate, double step) {
    return value_of([&](auto x) { return dropout(x[0], x[1], rate, 1, 2); },
                    {ones, row({step, 0})});
  };
  int zeros = 0;
  for (const double y : drop(0.2, 0).values) {
    EXPECT_TRUE(y == 0 || y == 1 / (1 - 0.2));
    zeros += y == 0;
  }
  EXPECT_NEAR(zeros, 200, 5 * std::sqrt(1000 * 0.2 * 0.8));
  EXPECT_NE(drop(0.2, 0), drop(0.2, 1));
  EXPECT_EQ(drop(0, 0), ones);
}

}  // namespace
}  // namespace chainrule
