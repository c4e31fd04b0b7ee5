// Programs that compute several parts of a batch at once.
#include <bit>
#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/program.h"
#include "compile/random_graph.h"

namespace chainrule {
namespace {

using Outputs = std::vector<std::vector<float>>;

Outputs outputs_of(const Graph& graph, const Program& program) {
  Outputs outputs;
  for (const Output& output : graph.outputs()) {
    const auto numbers = program.output(output.name);
    outputs.emplace_back(numbers.begin(), numbers.end());
  }
  return outputs;
}

// Parts [first, last): the first largest power of 2 below their number, and the rest.
Outputs along_the_tree(const std::vector<Outputs>& parts, std::size_t first, std::size_t last) {
  if (last - first == 1) return parts[first];
  std::size_t half = 1;
  while (2 * half < last - first) half *= 2;
  Outputs sums = along_the_tree(parts, first, first + half);
  const Outputs more = along_the_tree(parts, first + half, last);
  for (std::size_t o = 0; o < sums.size(); ++o)
    for (std::size_t i = 0; i < sums[o].size(); ++i) sums[o][i] += more[o][i];
  return sums;
}

bool have_the_same_bits(const Outputs& a, const Outputs& b) {
  const auto alike = [](float x, float y) {
    return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y) ||
           (std::isnan(x) && std::isnan(y));
  };
  return std::ranges::equal(
      a, b, [&](const auto& x, const auto& y) { return std::ranges::equal(x, y, alike); });
}

float number(std::uint64_t at) { return static_cast<float>(at * 37 % 101) / 50 - 1; }

void fill_variables(Session& session) {
  std::uint64_t at = 7;
  for (const std::string& name : session.variables())
    for (float& value : session.values(name)) value = number(at++);
}

// Whatever axis rows are moved to, summed over or mixed along.
TEST(InParts, HasTheBitsOfEachPartByItselfInRandomGraphs) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const Graph graph = random_graph(seed, 30, false);
    const auto count = static_cast<std::int64_t>(2 + seed % 6);
    Session session;
    Program alone(graph, session);
    Program together(graph, session, {.parts = {.count = count, .rows = {"x", "row", "column"}}});
    fill_variables(session);
    alone.input("scalar")[0] = together.input("scalar")[0] = 0.75F;
    std::vector<Outputs> parts;
    for (std::int64_t part = 0; part < count; ++part) {
      for (const char* const name : {"x", "row", "column"}) {
        const auto to = alone.input(name);
        const auto all = together.input(name);
        ASSERT_EQ(all.size(), to.size() * static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < to.size(); ++i)
          to[i] = all[static_cast<std::size_t>(part) * to.size() + i] =
              number(static_cast<std::uint64_t>(part) * 53 + i * to.size());
      }
      alone.run();
      parts.push_back(outputs_of(graph, alone));
    }
    together.run();
    EXPECT_TRUE(
        have_the_same_bits(outputs_of(graph, together), along_the_tree(parts, 0, parts.size())))
        << "seed " << seed << ", " << count << " parts\n"
        << print(graph);
  }
}

// Parts of one row: 1e8 keeps only some of what is added to it.
TEST(InParts, AreAddedAlongTheTree) {
  Graph graph;
  graph.output("sum", sum(graph.input("x", {1}), {0}));
  const auto sum_of = [&](const std::vector<float>& numbers) {
    Session session;
    const auto count = static_cast<std::int64_t>(numbers.size());
    Program program(graph, session, {.parts = {.count = count, .rows = {"x"}}});
    std::ranges::copy(numbers, program.input("x").begin());
    program.run();
    return program.output("sum")[0];
  };
  const float a = 1e8F, b = 3, c = 3, d = -1e8F, e = 1;
  EXPECT_EQ(sum_of({a, b, c, d, e}), ((a + b) + (c + d)) + e);
  EXPECT_EQ(sum_of({a, b, c, d, e, e}), ((a + b) + (c + d)) + (e + e));
  EXPECT_EQ(sum_of({b, a, e, b, c, d, e}), ((b + a) + (e + b)) + ((c + d) + e));
  EXPECT_EQ(sum_of({b, c, a, d, e}), 7);  // one after the other they are 9
  EXPECT_EQ((((b + c) + a) + d) + e, 9);
}

TEST(InParts, RefusesWhatHasNoMeaning) {
  Graph graph;
  const Value x = graph.input("x", {2}), rate = graph.input("rate", {});
  graph.output("y", x * rate);
  Session session;
  const auto with = [&](Parts parts) { Program(graph, session, {.parts = std::move(parts)}); };
  EXPECT_NO_THROW(with({.count = 3, .rows = {"x"}}));
  EXPECT_THROW(with({.count = 0, .rows = {"x"}}), UsageError);
  EXPECT_THROW(with({.count = 3, .rows = {"z"}}), UsageError);
  EXPECT_THROW(with({.count = 3, .rows = {"rate"}}), UsageError);
  graph.update(graph.variable("w", {2}), x);
  EXPECT_THROW(with({.count = 3, .rows = {"x"}}), UsageError);
}

TEST(InParts, AnInputMayLieInMemoryOfTheCallers) {
  Graph first, second;
  first.output("y", first.input("x", {3}) * 2.0);
  second.output("z", second.input("y", {3}) + 1.0);
  Session session;
  Program one(first, session);
  Program two(second, session, {.memory = {{"y", one.output("y")}}});
  std::ranges::copy(std::array{1.0F, 2.0F, 3.0F}, one.input("x").begin());
  one.run();
  two.run();
  EXPECT_EQ(two.output("z")[2], 7.0F);
  EXPECT_EQ(two.input("y").data(), one.output("y").data());
  EXPECT_THROW(Program(second, session, {.memory = {{"y", one.output("y").first(2)}}}), UsageError);
  EXPECT_THROW(Program(second, session, {.memory = {{"x", one.output("y")}}}), UsageError);
}

}  // namespace
}  // namespace chainrule
