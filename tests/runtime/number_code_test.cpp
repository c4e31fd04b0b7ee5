// Small programs as straight-line code, beside the same programs run kernel by kernel.
#include "runtime/number_code.h"

#include <algorithm>
#include <array>
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

// The kernels of products and sums fuse, and add in lanes; the code does what they do.
TEST_F(NumberCode, OfProductsGivesTheirBits) {
  for (const auto& [m, n, k] : {std::array<std::int64_t, 3>{2, 3, 7},
                                {1, 12, 20},
                                {3, 5, 9},
                                {1, 1, 250},
                                {16, 1, 16},
                                {1, 16, 16},
                                {5, 4, 10}})
    for (const int transposed : {0, 1, 2, 3})
      for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        Graph graph;
        const bool a_transposed = transposed % 2 == 1, b_transposed = transposed > 1;
        const Value a = graph.input("x0", a_transposed ? Shape{k, m} : Shape{m, k});
        const Value b = graph.input("x1", b_transposed ? Shape{n, k} : Shape{k, n});
        graph.output("product",
                     matmul(a_transposed ? transpose(a) : a, b_transposed ? transpose(b) : b));
        std::vector<Floats> x{drawn(static_cast<std::size_t>(m * k), seed),
                              drawn(static_cast<std::size_t>(k * n), seed + 50)};
        x[0][0] = -0.0F;
        EXPECT_EQ(bits(run(graph, x, {})), bits(run(graph, x, {"generate"})))
            << m << " " << n << " " << k << " " << transposed;
      }
}

TEST_F(NumberCode, OfSumsGivesTheirBits) {
  const std::vector<std::pair<Shape, std::vector<std::int64_t>>> cases{
      {{3, 11}, {0}},  {{3, 11}, {1}},      {{40}, {0}},         {{200}, {0}},      {{2, 17}, {1}},
      {{1, 250}, {1}}, {{3, 4, 5}, {0, 2}}, {{2, 3, 7}, {1, 2}}, {{5, 50}, {0, 1}}, {{16, 2}, {0}}};
  for (const auto& [shape, axes] : cases)
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      Graph graph;
      const Value x = graph.input("x0", shape);
      graph.output("sum", sum(x, axes));
      graph.output("largest", max(x, axes));
      std::vector<Floats> numbers{drawn(static_cast<std::size_t>(shape.size()), seed)};
      for (std::size_t i = 0; i < numbers[0].size(); i += 3)
        numbers[0][i] = i % 2 == 0 ? -0.0F : 0.0F;
      EXPECT_EQ(bits(run(graph, numbers, {})), bits(run(graph, numbers, {"generate"})))
          << shape.to_string() << " " << seed;
    }
}

TEST_F(NumberCode, OfSumsAndProductsOfConstantsGivesTheirBits) {
  Graph graph;
  const Value x = graph.input("x0", {2, 5});
  DoubleTensor numbers({5, 3});
  for (std::size_t i = 0; i < numbers.values.size(); ++i)
    numbers.values[i] = 0.1 * static_cast<double>(i) - 0.3;
  const Value constants = graph.constant(numbers);
  graph.output("product", matmul(x, constants));
  graph.output("sum", sum(constants, {0}) + sum(x));
  graph.output("square", matmul(transpose(constants), constants));
  const std::vector<Floats> given{drawn(10, 1)};
  EXPECT_EQ(bits(run(graph, given, {})), bits(run(graph, given, {"generate"})));
}

}  // namespace
}  // namespace chainrule
