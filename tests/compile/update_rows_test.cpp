// A step that uses few rows of a table touches these alone, and nothing else comes out of it.
#include <bit>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "chainrule/train.h"
#include "compile/draft.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

constexpr std::int64_t table_rows = 50, row_width = 3, named = 6;
constexpr double infinity = std::numeric_limits<double>::infinity();

// A step down the slope of a sum of squares, of the rows that the ids name.
Graph descent() {
  Graph graph;
  const Value ids = graph.input("ids", {named}), rate = graph.input("rate", {}),
              w = graph.variable("w", {table_rows, row_width});
  const Value y = gather(w, ids) * graph.input("factor", {named, row_width});
  const Value loss = sum(y * y);
  graph.output("loss", loss);
  graph.update(w, w - rate * gradient(loss, std::vector{w}).front());
  return graph;
}

// Where a draft computes this operation.
std::int64_t calls(const Draft& draft, const Op& op) {
  std::int64_t count = 0;
  for (const Group& group : draft.groups)
    for (const NodeId id : group.nodes) count += draft.graph.node(id).op == &op ? 1 : 0;
  return count;
}

TEST(UpdateRows, WritesNoGradientOfTheTableAndNoNewTable) {
  const Draft draft = compile(descent());
  EXPECT_EQ(calls(draft, subtract_rows_op), 1);
  EXPECT_EQ(calls(draft, scatter_add_op), 0);
  EXPECT_TRUE(draft.copies.empty());
  EXPECT_LT(draft.arena_floats, table_rows * row_width);
  EXPECT_EQ(calls(compile(descent(), {"update_rows"}), scatter_add_op), 1);
}

struct Given {
  double rate = 0.1;
  std::vector<float> table{};
};

// The table after three steps, each with other ids.
std::vector<std::uint32_t> trained(const Given& given, const std::set<std::string>& skip) {
  Session session;
  Program program(descent(), session, {.skip = skip});
  std::ranges::copy(given.table, session.values("w").begin());
  program.input("rate")[0] = static_cast<float>(given.rate);
  for (int step = 0; step < 3; ++step) {
    for (std::size_t i = 0; i < named; ++i)  // some of them are one row
      program.input("ids")[i] = static_cast<float>((7 * i * i + step) % (table_rows - 1));
    for (std::size_t i = 0; i < named * row_width; ++i)
      program.input("factor")[i] = std::sin(static_cast<float>(i) + static_cast<float>(step));
    program.run();
  }
  std::vector<std::uint32_t> bits;
  for (const float number : session.values("w"))  // which NaN it is, is left open
    bits.push_back(std::bit_cast<std::uint32_t>(std::isnan(number) ? std::nanf("") : number));
  return bits;
}

TEST(UpdateRows, GivesTheBitsOfAnUpdateOfTheWholeTable) {
  Given given{.table = std::vector<float>(table_rows * row_width)};
  for (std::size_t i = 0; i < given.table.size(); ++i)
    given.table[i] = std::cos(static_cast<float>(i));
  // In rows that are used, and in rows that are not.
  const std::vector<float> special{-0.0F, 0.0F, 1e-45F, -1e-40F, HUGE_VALF, std::nanf(""), 3e38F};
  for (std::size_t i = 0; i < given.table.size(); i += 4)
    given.table[i] = special[i / 4 % special.size()];
  // A rate that is no positive number moves also what has no gradient: -0 becomes 0, or all NaN.
  for (const double rate : {0.1, 3.0, 0.0, -0.0, -0.1, infinity, -infinity, std::nan("")}) {
    given.rate = rate;
    const auto expected = trained(given, {"update_rows"});
    EXPECT_EQ(trained(given, {}), expected) << rate;
    EXPECT_EQ(trained(given, {"reuse"}), expected) << rate;
    EXPECT_EQ(trained(given, {"fuse", "generate"}), expected) << rate;
  }
}

TEST(UpdateRows, RefusesRowsThatAreNotThereBeforeItMovesAny) {
  Graph graph;
  const Value w = graph.variable("w", {table_rows, row_width});
  const Value g =
      scatter_add(graph.input("g", {2, row_width}), graph.input("ids", {2}), table_rows);
  graph.update(w, w - graph.input("rate", {}) * g);
  Session session;
  Program program(graph, session);
  ASSERT_EQ(program.calls().size(), 1U);
  std::ranges::fill(program.input("g"), 1.0F);
  program.input("rate")[0] = 1;
  for (const float row : {-1.0F, 50.0F, 1e30F, std::nanf("")}) {
    program.input("ids")[1] = row;
    EXPECT_THROW(program.run(), UsageError) << row;
  }
  for (const float number : session.values("w")) EXPECT_EQ(number, 0);
}

// How many updates of a network with an embedding touch single rows.
std::int64_t row_updates(const Optimizer& optimizer, double clip_norm = 0,
                         std::int64_t batch = 10) {
  const nn::Network network{nn::Embedding{.entries = table_rows, .size = row_width}, nn::Dense{1}};
  const TracedGraph traced = training_graph(network, loss_named("mean_squared_error"), optimizer,
                                            batch, 4, 1, {}, clip_norm);
  return calls(compile(traced.graph), subtract_rows_op);
}

TEST(UpdateRows, IsForWhatLeavesTheOtherRowsAlone) {
  EXPECT_EQ(row_updates(SGD{.learning_rate = 0.1}), 1);
  EXPECT_EQ(row_updates(SGD{.learning_rate = 0.1, .momentum = 0.9}), 0);
  EXPECT_EQ(row_updates(SGD{.learning_rate = 0.1, .weight_decay = 0.01}), 0);
  EXPECT_EQ(row_updates(Adam{}), 0);
  EXPECT_EQ(row_updates(SGD{}, 1.0), 0);     // the gradient's norm is asked for
  EXPECT_EQ(row_updates(SGD{}, 0, 100), 0);  // 400 ids of 50
}

}  // namespace
}  // namespace chainrule
