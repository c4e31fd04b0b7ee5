#include "kernels/elementwise.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "base/random.h"
#include "kernels/simd_levels.h"

namespace chainrule::kernels {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float largest = std::numeric_limits<float>::max();
constexpr float smallest = std::numeric_limits<float>::denorm_min();

// |y - exact| in units in the last place of the float nearest to exact; NaN wants NaN, and what
// overflows float wants infinity or the largest number.
double ulp_error(float y, double exact) {
  if (std::isnan(exact)) return std::isnan(y) ? 0 : HUGE_VAL;
  const auto rounded = static_cast<float>(exact);
  if (y == rounded) return 0;
  if (!std::isfinite(y) || !std::isfinite(rounded)) {
    const auto finite = std::isinf(y) ? rounded : y;
    return std::abs(finite) == largest && std::signbit(y) == std::signbit(rounded) ? 1 : HUGE_VAL;
  }
  const int exponent = std::max(std::ilogb(exact == 0 ? 0x1p-149 : exact), -126);
  return std::abs(static_cast<double>(y) - exact) / std::ldexp(1.0, exponent - 23);
}

struct Function {
  std::string name;
  TileKernel (*kernel)();
  double (*exact)(double);
  double max_ulp;  // as promised in elementwise.h
};

const std::vector<Function>& functions() {
  static const std::vector<Function> all = {
      {"exp", exp, std::exp, 1.5},
      {"expm1", expm1, std::expm1, 2},
      {"log", log, std::log, 1.5},
      {"log1p", log1p, std::log1p, 1.5},
      {"tanh", tanh, std::tanh, 2},
      {"sigmoid", sigmoid,
       [](double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); },
       3},
      {"erf", erf, std::erf, 2},
      {"sqrt", kernels::sqrt, std::sqrt, 0.5},
      {"square", square, [](double x) { return x * x; }, 0.5},
      {"reciprocal", reciprocal, [](double x) { return 1 / x; }, 0.5},
      {"negate", negate, [](double x) { return -x; }, 0},
      {"abs", kernels::abs, [](double x) { return std::abs(x); }, 0},
      {"sign", sign, [](double x) { return x > 0   ? 1.0
                                           : x < 0 ? -1.0
                                                   : x; }, 0},
  };
  return all;
}

float bits(std::uint32_t pattern) { return std::bit_cast<float>(pattern); }

// Of all floats there are, one in so many is looked at. CHAINRULE_FLOAT_STRIDE=1 looks at all of
// them, which takes half an hour.
std::uint32_t float_stride() {
  const char* const stride = std::getenv("CHAINRULE_FLOAT_STRIDE");
  return stride == nullptr ? 4999 : static_cast<std::uint32_t>(std::stoul(stride));
}

// Some million of those floats at a time; empty when all are done.
std::vector<float> next_floats(std::uint64_t& pattern, std::uint32_t stride) {
  std::vector<float> x;
  for (; pattern <= 0xffffffffu && x.size() < (1u << 20); pattern += stride)
    x.push_back(bits(static_cast<std::uint32_t>(pattern)));
  return x;
}

// The places where functions break.
std::vector<float> edges() {
  std::vector<float> x;
  for (const float edge : {0.0f,      smallest, 0x1p-126f, 0x1p-25f,  0x1p-24f,  0.625f,   0.5f,
                           0.707107f, 1.0f,     1.41421f,  2.0f,      4.0f,      9.01f,    10.0f,
                           16.0f,     17.33f,   87.3f,     87.33655f, 88.37627f, 88.7228f, 88.73f,
                           89.0f,     103.9f,   103.98f,   104.0f,    largest,   infinity, nan}) {
    for (const float signed_edge : {edge, -edge}) {
      x.push_back(signed_edge);
      x.push_back(std::nextafter(signed_edge, infinity));
      x.push_back(std::nextafter(signed_edge, -infinity));
    }
  }
  return x;
}

std::vector<float> run(TileKernel kernel, const std::vector<float>& a,
                       const std::vector<float>& b = {}, const std::vector<float>& c = {}) {
  const float* const x[] = {a.data(), b.data(), c.data()};
  std::vector<float> y(a.size());
  kernel(x, y.data(), y.size());
  return y;
}

float at(TileKernel kernel, float a, float b = 0, float c = 0) {
  return run(kernel, {a}, {b}, {c})[0];
}

class Elementwise : public EverySimdLevel {};
INSTANTIATE_TEST_SUITE_P(EveryLevel, Elementwise, testing::ValuesIn(available_simd()), level_name);

TEST_P(Elementwise, FunctionsKeepTheirErrorBoundOverAllFloats) {
  for (const Function& f : functions()) {
    double worst = 0;
    float worst_x = 0;
    const auto look_at = [&](const std::vector<float>& x) {
      const std::vector<float> y = run(f.kernel(), x);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double error = ulp_error(y[i], f.exact(static_cast<double>(x[i])));
        if (error > worst) worst = error, worst_x = x[i];
      }
    };
    look_at(edges());
    std::uint64_t pattern = 0;
    for (auto x = next_floats(pattern, float_stride()); !x.empty();
         x = next_floats(pattern, float_stride()))
      look_at(x);
    EXPECT_LE(worst, f.max_ulp) << f.name << " at " << worst_x << " gives "
                                << at(f.kernel(), worst_x);
  }
}

TEST_P(Elementwise, UlpErrorSeesOneWrongBit) {
  EXPECT_EQ(ulp_error(1.0f, 1.0), 0);
  EXPECT_EQ(ulp_error(std::nextafter(1.0f, 2.0f), 1.0), 1);
  EXPECT_EQ(ulp_error(2 * smallest, 0.0), 2);
  EXPECT_EQ(ulp_error(0.0f, static_cast<double>(nan)), HUGE_VAL);
}

TEST_P(Elementwise, FunctionsAreExactAtTheirLimits) {
  EXPECT_EQ(at(exp(), -infinity), 0.0f);
  EXPECT_EQ(at(exp(), infinity), infinity);
  EXPECT_EQ(at(exp(), 0.0f), 1.0f);
  EXPECT_EQ(at(expm1(), -infinity), -1.0f);
  EXPECT_EQ(at(log(), 0.0f), -infinity);
  EXPECT_EQ(at(log(), -0.0f), -infinity);
  EXPECT_EQ(at(log(), infinity), infinity);
  EXPECT_EQ(at(log(), 1.0f), 0.0f);
  EXPECT_TRUE(std::isnan(at(log(), -1.0f)));
  EXPECT_EQ(at(log1p(), -1.0f), -infinity);
  EXPECT_TRUE(std::isnan(at(log1p(), -1.5f)));
  EXPECT_EQ(at(tanh(), infinity), 1.0f);
  EXPECT_EQ(at(tanh(), -infinity), -1.0f);
  EXPECT_EQ(at(sigmoid(), -infinity), 0.0f);
  EXPECT_EQ(at(sigmoid(), infinity), 1.0f);
  EXPECT_EQ(at(sigmoid(), 0.0f), 0.5f);
  EXPECT_EQ(at(erf(), -infinity), -1.0f);
  EXPECT_TRUE(std::isnan(at(kernels::sqrt(), -1.0f)));
  for (const Function& f : functions()) EXPECT_TRUE(std::isnan(at(f.kernel(), nan))) << f.name;
  for (TileKernel odd : {expm1(), log1p(), tanh(), erf(), kernels::sqrt(), sign()}) {
    EXPECT_TRUE(std::signbit(at(odd, -0.0f)));
    EXPECT_FALSE(std::signbit(at(odd, 0.0f)));
  }
}

struct Operation {
  std::string name;
  TileKernel (*kernel)();
  float (*exact)(float, float, float);
};

const std::vector<Operation>& operations() {
  const auto nan_first = [](float a, float b, float c) {
    return std::isnan(a) ? a : std::isnan(b) ? b : c;
  };
  static const auto propagate = +nan_first;
  static const std::vector<Operation> all = {
      {"add", add, [](float a, float b, float) { return a + b; }},
      {"subtract", subtract, [](float a, float b, float) { return a - b; }},
      {"multiply", multiply, [](float a, float b, float) { return a * b; }},
      {"divide", divide, [](float a, float b, float) { return a / b; }},
      {"power", power,
       [](float a, float b, float) {
         return static_cast<float>(std::pow(static_cast<double>(a), static_cast<double>(b)));
       }},
      {"minimum", minimum, [](float a, float b, float) { return propagate(a, b, a < b ? a : b); }},
      {"maximum", maximum, [](float a, float b, float) { return propagate(a, b, a > b ? a : b); }},
      {"greater", greater, [](float a, float b, float) { return a > b ? 1.0f : 0.0f; }},
      {"greater_equal", greater_equal,
       [](float a, float b, float) { return a >= b ? 1.0f : 0.0f; }},
      {"less", less, [](float a, float b, float) { return a < b ? 1.0f : 0.0f; }},
      {"less_equal", less_equal, [](float a, float b, float) { return a <= b ? 1.0f : 0.0f; }},
      {"equal", equal, [](float a, float b, float) { return a == b ? 1.0f : 0.0f; }},
      {"not_equal", not_equal, [](float a, float b, float) { return a != b ? 1.0f : 0.0f; }},
      {"select", select, [](float a, float b, float c) { return a != 0 ? b : c; }},
      {"multiply_add", multiply_add, [](float a, float b, float c) { return std::fma(a, b, c); }},
  };
  return all;
}

// To the bit, but that every NaN is the same.
bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

TEST_P(Elementwise, OperationsAreThoseOfTheLanguageOnEveryPairOfSpecialValues) {
  const std::vector<float> values = {0.0f,    -0.0f,    1.0f,     -1.0f,     2.0f,   -2.0f,
                                     3.0f,    0.5f,     -7.5f,    1e30f,     1e-30f, smallest,
                                     largest, -largest, infinity, -infinity, nan};
  std::vector<float> a, b, c;
  for (const float x : values) {
    for (const float y : values) a.push_back(x), b.push_back(y), c.push_back(x - 1);
  }
  for (const Operation& f : operations()) {
    const std::vector<float> y = run(f.kernel(), a, b, c);
    for (std::size_t i = 0; i < y.size(); ++i) {
      EXPECT_TRUE(same(y[i], f.exact(a[i], b[i], c[i])))
          << f.name << "(" << a[i] << ", " << b[i] << ", " << c[i] << ") gives " << y[i];
    }
  }
}

// Of any numbers at all: whatever bits are drawn.
TEST_P(Elementwise, GivesTheBitsOfTheBaseline) {
  RandomStream random(7, 0);
  std::vector<float> x[3];
  for (std::vector<float>& numbers : x)
    for (int i = 0; i < 100'000; ++i)
      numbers.push_back(i % 2 == 0 ? std::bit_cast<float>(random.bits())
                                   : static_cast<float>(8 * random.normal()));
  const auto results = [&] {
    std::vector<std::vector<float>> all;
    for (const Function& f : functions()) all.push_back(run(f.kernel(), x[0], x[1], x[2]));
    for (const Operation& f : operations()) all.push_back(run(f.kernel(), x[0], x[1], x[2]));
    return all;
  };
  const std::vector<std::vector<float>> here = results();
  limit_simd(SimdLevel::baseline);
  const std::vector<std::vector<float>> baseline = results();
  for (std::size_t f = 0; f < here.size(); ++f)
    for (std::size_t i = 0; i < here[f].size(); ++i)
      ASSERT_TRUE(same(here[f][i], baseline[f][i]))
          << "function " << f << ": " << std::hexfloat << x[0][i] << " gives " << here[f][i]
          << ", not " << baseline[f][i];
}

std::vector<TileKernel> all_kernels() {
  std::vector<TileKernel> all;
  for (const Function& f : functions()) all.push_back(f.kernel());
  for (const Operation& f : operations()) all.push_back(f.kernel());
  return all;
}

TEST_P(Elementwise, AnElementDoesNotDependOnItsPlace) {
  RandomStream random(5, 0);
  std::vector<float> x(3 * 128);
  for (float& value : x) value = static_cast<float>(3 * random.normal());
  for (const TileKernel kernel : all_kernels()) {
    for (std::size_t n = 0; n <= 70; ++n) {
      const std::size_t offset = n % 17;
      const float* const in[] = {&x[offset], &x[128 + offset / 2], &x[256]};
      std::vector<float> y(n + 2, 77.0f);
      kernel(in, y.data() + 1, n);
      EXPECT_EQ(y.front(), 77.0f);
      EXPECT_EQ(y.back(), 77.0f);
      for (std::size_t i = 0; i < n; ++i) {
        const float alone = at(kernel, in[0][i], in[1][i], in[2][i]);
        ASSERT_EQ(std::bit_cast<std::uint32_t>(y[i + 1]), std::bit_cast<std::uint32_t>(alone));
      }
    }
  }
}

TEST_P(Elementwise, TheResultMayReplaceAnInput) {
  RandomStream random(6, 0);
  for (const TileKernel kernel : all_kernels()) {
    for (int replaced = 0; replaced < 3; ++replaced) {
      std::vector<float> inputs[3];
      for (auto& input : inputs) {
        for (int i = 0; i < 53; ++i) input.push_back(static_cast<float>(random.uniform() + 0.1));
      }
      const std::vector<float> expected = run(kernel, inputs[0], inputs[1], inputs[2]);
      const float* const x[] = {inputs[0].data(), inputs[1].data(), inputs[2].data()};
      kernel(x, inputs[replaced].data(), 53);
      EXPECT_EQ(inputs[replaced], expected);
    }
  }
}

}  // namespace
}  // namespace chainrule::kernels
