// Small programs as straight-line code, beside the same programs run kernel by kernel.
#include "runtime/number_code.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "kernels/dispatch.h"

namespace chainrule {
namespace {

using Floats = std::vector<float>;

class NumberCode : public testing::Test {
 protected:
  void SetUp() override {
    if (kernels::simd_level() == kernels::SimdLevel::baseline)
      GTEST_SKIP() << "no code is generated below AVX2";
  }

  // The outputs one after the other.
  static Floats run(const Graph& graph, const std::vector<Floats>& x,
                    const std::set<std::string>& skip) {
    Session session;
    Program program(graph, session, {.skip = skip});
    EXPECT_EQ(program.calls()[0].is_whole_program, skip.empty());
    for (std::size_t i = 0; i < x.size(); ++i)
      if (const std::string name = fmt::format("x{}", i); program.has_input(name))
        std::ranges::copy(x[i], program.input(name).begin());
    program.run();
    Floats all;
    for (const Output& output : graph.outputs()) {
      const auto values = program.output(output.name);
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  }

  static std::vector<std::uint32_t> bits(const Floats& numbers) {
    std::vector<std::uint32_t> list;
    for (const float number : numbers) list.push_back(std::bit_cast<std::uint32_t>(number));
    return list;
  }

  static Floats drawn(std::size_t count, std::uint64_t seed) {
    RandomStream random(seed, 0);
    Floats numbers(count);
    for (float& number : numbers) number = static_cast<float>(random.normal());
    return numbers;
  }
};

TEST_F(NumberCode, TellsConstantsApartByTheirBits) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  // Each first beside those that float comparison takes it for.
  for (const auto& constants : std::vector<std::vector<double>>{
           {0.0, -0.0, 2.0}, {-0.0, 0.0, 2.0}, {2.0, nan, 3.0}, {nan, 2.0, 3.0}}) {
    Graph graph;
    const Value x = graph.input("x0", {2});
    for (const double constant : constants)
      graph.output(fmt::format("times {} {}", constant, graph.size()), x * constant);
    const Floats got = run(graph, {{1, -3}}, {});
    EXPECT_EQ(bits(got), bits(run(graph, {{1, -3}}, {"generate"})));
    for (std::size_t i = 0; i < constants.size(); ++i) {
      EXPECT_EQ(std::signbit(got[2 * i]), std::signbit(constants[i])) << constants[i];
      EXPECT_EQ(std::isnan(got[2 * i]), std::isnan(constants[i])) << constants[i];
    }
  }
}

// Whatever has no sum in it is the same operations in the same order.
TEST_F(NumberCode, OfElementwiseProgramsGivesTheirBits) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    RandomStream random(seed, 1);
    Graph graph;
    std::vector<Value> pool;
    for (const Shape& shape : {Shape{2, 3}, Shape{3}, Shape{2, 1}, Shape{}})
      pool.push_back(graph.input(fmt::format("x{}", pool.size()), shape));
    const auto pick = [&] { return pool[random.below(pool.size())]; };
    for (int i = 0; i < 12; ++i) {
      const Value a = pick(), b = pick();
      const std::vector<Value> made{
          a + b,         a - 1.5 * b,       tanh(a * b),  sigmoid(a) / b,
          exp(-a),       maximum(a, 0.25),  a * 1.0,      -0.0 + b,
          minimum(a, b), greater(a, b) * a, abs(b) - 0.0, reshape(a, a.shape())};
      pool.push_back(made[random.below(made.size())]);
    }
    graph.output("last", pool.back());
    graph.output("some", pick() * 2.0);
    const std::vector<Floats> x{drawn(6, seed),
                                drawn(3, seed + 100),
                                drawn(2, seed + 200),
                                {random.below(2) == 0 ? 0.0F : -0.0F}};
    EXPECT_EQ(bits(run(graph, x, {})), bits(run(graph, x, {"generate"}))) << seed;
  }
}

// A product of matrices is not the same to the bit: the kernel rounds each product and its sum once
// (a fused multiply-add), and begins with 0, where the code rounds twice and begins with the first
// term. Either is within k units of rounding of the exact sum, so they are within twice that of
// each other.
TEST_F(NumberCode, OfProductsIsAsCloseAsTheRoundingOfTheirSums) {
  constexpr std::int64_t k = 7;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Graph graph;
    const Value a = graph.input("x0", {2, k}), b = graph.input("x1", {k, 3});
    graph.output("product", matmul(a, b));
    const std::vector<Floats> x{drawn(2 * k, seed), drawn(k * 3, seed + 50)};
    const Floats code = run(graph, x, {}), kernels = run(graph, x, {"generate"});
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t j = 0; j < 3; ++j) {
        double exact = 0, size = 0;
        for (std::size_t p = 0; p < k; ++p) {
          const double term =
              static_cast<double>(x[0][i * k + p]) * static_cast<double>(x[1][p * 3 + j]);
          exact += term;
          size += std::abs(term);
        }
        const double bound = (k + 1) * 0x1p-24 * size;
        EXPECT_NEAR(static_cast<double>(code[i * 3 + j]), exact, bound);
        EXPECT_NEAR(static_cast<double>(kernels[i * 3 + j]), exact, bound);
      }
  }
}

// The kernel of a sum adds in the lanes of a vector and then the lanes, the code one by one.
TEST_F(NumberCode, OfSumsIsAsCloseAsTheirRounding) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Graph graph;
    const Value x = graph.input("x0", {3, 11});
    graph.output("down", sum(x, {0}));
    graph.output("across", sum(x, {1}));
    graph.output("largest", max(x, {1}));
    const std::vector<Floats> numbers{drawn(33, seed)};
    const Floats code = run(graph, numbers, {}), kernels = run(graph, numbers, {"generate"});
    double size = 0;
    for (const float number : numbers[0]) size += std::abs(static_cast<double>(number));
    for (std::size_t i = 0; i < 14; ++i)
      EXPECT_NEAR(static_cast<double>(code[i]), static_cast<double>(kernels[i]),
                  2 * 11 * 0x1p-24 * size);
    EXPECT_TRUE(std::equal(code.begin() + 14, code.end(), kernels.begin() + 14));
  }
}

// Sums of whole numbers are exact in any order, so there they agree to the bit.
TEST_F(NumberCode, OfSumsAndProductsOfWholeNumbersGivesTheirBits) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    RandomStream random(seed, 2);
    Graph graph;
    const Value a = graph.input("x0", {2, 5}), b = graph.input("x1", {3, 5});
    const Value product = matmul(a, transpose(b));
    graph.output("product", product + 1.0);
    graph.output("sum", sum(product * product, {0}));
    graph.output("max", max(product, {1}));
    std::vector<Floats> x{Floats(10), Floats(15)};
    for (Floats& numbers : x)
      for (float& number : numbers) number = static_cast<float>(random.below(31)) - 15;
    EXPECT_EQ(run(graph, x, {}), run(graph, x, {"generate"})) << seed;
  }
}

}  // namespace
}  // namespace chainrule
