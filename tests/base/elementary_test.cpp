// Our own elementary functions beside the C library's in extended precision.
#include "base/elementary.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace chainrule {
namespace {

using Extended = long double;

// The error in units in the last place.
double error(double got, Extended exact) {
  const auto rounded = static_cast<double>(exact);
  if (std::isnan(got) || std::isnan(rounded))
    return std::isnan(got) == std::isnan(rounded) ? 0 : HUGE_VAL;
  if (got == rounded) return 0;
  if (std::isinf(got) || std::isinf(rounded)) return HUGE_VAL;
  const int exponent = std::max(std::ilogb(rounded == 0 ? 0x1p-1074 : rounded), -1022);
  return static_cast<double>(std::abs(static_cast<Extended>(got) - exact)) /
         std::ldexp(1.0, exponent - 52);
}

struct Function {
  const char* name;
  double (*ours)(double);
  Extended (*exact)(Extended);
  double low, high, units;
};

const std::vector<Function> functions{
    {"exp", elementary::exp, [](Extended x) { return std::exp(x); }, -746, 710, 4},
    {"expm1", elementary::expm1, [](Extended x) { return std::expm1(x); }, -45, 710, 4},
    {"log", elementary::log, [](Extended x) { return std::log(x); }, -1, 30, 4},
    {"log1p", elementary::log1p, [](Extended x) { return std::log1p(x); }, -1.5, 30, 4},
    {"tanh", elementary::tanh, [](Extended x) { return std::tanh(x); }, -25, 25, 4},
    {"sigmoid", elementary::sigmoid, [](Extended x) { return 1 / (1 + std::exp(-x)); }, -40, 40, 4},
    {"erf", elementary::erf, [](Extended x) { return std::erf(x); }, -7, 7, 16},
};

TEST(Elementary, IsWithinItsBounds) {
  for (const Function& f : functions) {
    RandomStream random(1, 0);
    for (int i = 0; i < 200'000; ++i) {
      double x = f.low + (f.high - f.low) * random.uniform();
      if (i % 2 == 0) x = std::ldexp(x, -static_cast<int>(random.below(80)));
      if (i % 10 == 0)
        x = std::bit_cast<double>((static_cast<std::uint64_t>(random.bits()) << 32) |
                                  random.bits());
      ASSERT_LE(error(f.ours(x), f.exact(x)), f.units)
          << f.name << std::hexfloat << "(" << x << ")";
    }
  }
}

TEST(Elementary, TakesSpecialNumbers) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const Function& f : functions)
    for (const double x : {0.0, -0.0, infinity, -infinity, std::nan(""), -1.0, 1e308, -1e308,
                           5e-324, -5e-324, 1.0, 0x1p-1022}) {
      const double got = f.ours(x);
      const auto exact = static_cast<double>(f.exact(x));
      EXPECT_LE(error(got, f.exact(x)), f.units) << f.name << "(" << x << ") is " << got;
      if (!std::isnan(got)) {
        EXPECT_EQ(std::signbit(got), std::signbit(exact)) << f.name << x;
      }
    }
}

TEST(Elementary, CosineIsOfTurns) {
  RandomStream random(2, 0);
  constexpr Extended two_pi = 2 * std::numbers::pi_v<Extended>;
  for (int i = 0; i < 200'000; ++i) {
    const double x = 4 * random.uniform() - 2;
    ASSERT_NEAR(elementary::cos_of_turns(x),
                static_cast<double>(std::cos(two_pi * static_cast<Extended>(x))), 1e-16 * 3)
        << x;
  }
  EXPECT_EQ(elementary::cos_of_turns(0), 1);
  EXPECT_EQ(elementary::cos_of_turns(0.25), 0);
  EXPECT_EQ(elementary::cos_of_turns(0.5), -1);
  EXPECT_EQ(elementary::cos_of_turns(1e15 + 0.125), elementary::cos_of_turns(0.125));
}

TEST(Elementary, PowersAreRightInSinglePrecision) {
  RandomStream random(3, 0);
  for (int i = 0; i < 500'000; ++i) {
    const auto a = static_cast<double>(std::bit_cast<float>(random.bits()));
    double b = 64 * random.uniform() - 32;
    if (i % 2 == 0) b = std::round(b);
    const double got = elementary::power(a, b), expected = std::pow(a, b);
    ASSERT_EQ(std::isnan(got), std::isnan(expected)) << a << "^" << b;
    if (std::isnan(got)) continue;
    ASSERT_EQ(static_cast<float>(got), static_cast<float>(expected)) << a << "^" << b;
  }
}

TEST(Elementary, PowersOfSpecialNumbersAreThoseOfTheStandard) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double special[] = {0.0,       -0.0,         1,     -1,    0.5,   -0.5, 2,
                            3,         -3,           -2,    4,     -7,    8,    infinity,
                            -infinity, std::nan(""), 1e300, 1e308, 0x1p53};
  for (const double a : special)
    for (const double b : special) {
      const double got = elementary::power(a, b), expected = std::pow(a, b);
      EXPECT_TRUE(std::isnan(expected)
                      ? std::isnan(got)
                      : std::abs(got - expected) <= 1e-12 * std::abs(expected) || got == expected)
          << a << "^" << b << " is " << got << ", not " << expected;
      if (!std::isnan(expected)) {
        EXPECT_EQ(std::signbit(got), std::signbit(expected)) << a << "^" << b;
      }
    }
}

}  // namespace
}  // namespace chainrule
