// What is made again where it is read, and the sums that chains end in.
#include <algorithm>
#include <bit>
#include <cmath>

#include <gtest/gtest.h>

#include "base/random.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "compile/chains.h"
#include "compile/memory_check.h"
#include "compile/passes.h"
#include "graph/op.h"
#include "kernels/dispatch.h"
#include "kernels/generate.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

constexpr std::int64_t many_rows = 2100;  // 9 blocks, the last one not full

// Units standardised over a batch, as batch_norm traces it, and the step that trains them.
Graph standardised(std::int64_t rows, std::int64_t units) {
  Graph graph;
  const Value x = graph.input("x", {rows, 2}), target = graph.input("target", {rows, units});
  const std::vector<Value> weights{graph.variable("w", {2, units}),
                                   graph.variable("scale", {units}),
                                   graph.variable("shift", {units})};
  const Value z = matmul(x, weights[0]), centred = z - mean(z, {0});
  const Value deviation = sqrt(mean(centred * centred, {0}) + 0.01);
  const Value h = relu(centred / deviation * weights[1] + weights[2]);
  const Value loss = mean_squared_error(h, target);
  const std::vector<Value> gradients = gradient(loss, weights);
  for (std::size_t i = 0; i < weights.size(); ++i)
    graph.update(weights[i], weights[i] - 0.1 * gradients[i]);
  graph.output("loss", loss);
  return graph;
}

// Results of so many numbers that are in memory at some time.
std::int64_t arrays_of(const Draft& draft, std::int64_t numbers) {
  std::int64_t arrays = 0;
  for (NodeId id = 0; id < draft.graph.size(); ++id)
    if (!is_leaf(draft.graph.node(id)) && draft.graph.node(id).shape.size() == numbers &&
        draft.buffer_of[index(id)] >= 0)
      ++arrays;
  return arrays;
}

std::int64_t groups_with(const Draft& draft, const Op& op) {
  return std::ranges::count_if(draft.groups, [&](const Group& group) {
    return std::ranges::any_of(group.nodes,
                               [&](NodeId id) { return draft.graph.node(id).op == &op; });
  });
}

TEST(Recompute, LeavesLittleInMemoryOfABatchThatIsStandardised) {
  const Graph graph = standardised(many_rows, 3);
  // z, the squares that the loss adds up, and the gradients behind and before the standardisation:
  // all else is made of these and of numbers per unit.
  EXPECT_EQ(arrays_of(compile(graph), 3 * many_rows), 4);
  EXPECT_GT(arrays_of(compile(graph, {"recompute"}), 3 * many_rows), 4);
  EXPECT_EQ(memory_fault(compile(graph)), "");
}

TEST(Recompute, StoresWhatTakesLongToMake) {
  const auto arrays = [](Value (*f)(Value)) {
    Graph graph;
    const Value e = f(graph.input("x", {many_rows, 3}));
    graph.output("y", matmul(e / sum(e, {0}), graph.input("w", {3, 2})));
    return arrays_of(compile(graph), 3 * many_rows);
  };
  EXPECT_EQ(arrays([](Value x) { return x * x; }), 1);  // the product's operand
  EXPECT_EQ(arrays([](Value x) { return exp(x); }), 2);
}

// Generated code has some thirty instructions for what takes long, else one or two.
TEST(Recompute, KnowsWhatTakesLong) {
  int compared = 0;
  for (const Op* op : all_ops()) {
    if (op->kernel == nullptr || !kernels::can_generate(op->kernel)) continue;
    EXPECT_EQ(op->is_costly, kernels::code_length(op->kernel) > 10) << op->name;
    ++compared;
  }
  if (compared == 0) GTEST_SKIP() << "no code is generated on this machine";
}

TEST(JoinSums, MakesAllSumsOfTheSameNumbersInOnePass) {
  const auto groups = [](std::int64_t rows, const std::set<std::string>& skip) {
    Graph graph;
    const Value x = graph.input("x", {rows, 3}), y = graph.input("y", {rows, 3});
    graph.output("x", sum(x, {0}));
    graph.output("xx", sum(x * x, {0}));
    graph.output("xy", sum(x * y, {0}));
    return groups_with(compile(graph, skip), sum_op);
  };
  EXPECT_EQ(groups(many_rows, {}), 1);
  EXPECT_EQ(groups(many_rows, {"join_sums"}), 3);
  EXPECT_EQ(groups(100, {}), 3);  // one block is no work for threads
}

TEST(JoinSums, KeepsApartASumThatWaitsForAnother) {
  Graph graph;
  const Value x = graph.input("x", {many_rows, 3}), centred = x - mean(x, {0});
  graph.output("y", sum(centred * centred, {0}));
  const Draft draft = compile(graph);
  EXPECT_EQ(groups_with(draft, sum_op), 2);
  verify(draft);
}

TEST(JoinSums, ASumOverRowsIsOneThatThreadsCanShare) {
  const auto is_row_sum = [](const Shape& shape, std::vector<std::int64_t> axes) {
    Graph graph;
    const Value y = sum(graph.input("x", shape), std::move(axes));
    return row_sum(graph, y.node()).has_value();
  };
  EXPECT_TRUE(is_row_sum({2048, 3}, {0}));
  EXPECT_TRUE(is_row_sum({64, 8, 8, 3}, {0, 1, 2}));
  EXPECT_FALSE(is_row_sum({2047, 3}, {0}));
  EXPECT_FALSE(is_row_sum({3, 2048}, {1}));        // along rows
  EXPECT_FALSE(is_row_sum({2, 2048, 3}, {1}));     // two matrices
  EXPECT_FALSE(is_row_sum({2048, 3, 4}, {0, 2}));  // axes that are apart
}

class ChainsWithSums : public testing::Test {
 protected:
  ~ChainsWithSums() override { kernels::limit_simd(kernels::available_simd().back()); }

  // One sum behind a product, one of a number in memory, one of a chain of any operations, one of
  // what is kept as well, and one that waits for another.
  static Graph made(std::int64_t columns) {
    Graph graph;
    const Value x = graph.input("x", {many_rows, columns}), row = graph.input("row", {columns});
    const Value y = x * row - abs(x) / 3.0, centred = y - mean(y, {0});
    const Value z = tanh(matmul(graph.input("a", {many_rows, 2}), graph.input("b", {2, columns})));
    graph.output("z", z + row);
    graph.output("sum of z", sum(z + row, {0}));
    graph.output("x", sum(x, {0}));
    graph.output("y", sum(sign(y) * x + tanh(x), {0}));
    graph.output("centred", centred);
    graph.output("sum of centred", sum(centred, {0}));
    graph.output("squares", sum(centred * centred, {0}));
    return graph;
  }

  static Feeds feeds(std::int64_t columns) {
    Feeds feeds{{"x", DoubleTensor({many_rows, columns})},
                {"row", DoubleTensor({columns})},
                {"a", DoubleTensor({many_rows, 2})},
                {"b", DoubleTensor({2, columns})}};
    RandomStream random(3, 0);
    for (auto& [name, tensor] : feeds)
      for (double& number : tensor.values)
        number = static_cast<double>(static_cast<float>(random.normal()));
    return feeds;
  }

  static std::vector<std::vector<float>> results(const Graph& graph, const Feeds& feeds,
                                                 const std::set<std::string>& skip, int threads) {
    Session session(threads);
    Program program(graph, session, {.skip = skip});
    for (const auto& [name, value] : feeds)
      std::ranges::copy(value.values, program.input(name).begin());
    program.run();
    std::vector<std::vector<float>> all;
    for (const Output& output : graph.outputs()) {
      const auto numbers = program.output(output.name);
      all.emplace_back(numbers.begin(), numbers.end());
    }
    return all;
  }
};

// Columns that fit a vector, a tile, and neither.
constexpr std::int64_t all_columns[] = {2, 37, 64, 1100};

TEST_F(ChainsWithSums, AgreeWithDoublePrecision) {
  for (const std::int64_t columns : all_columns) {
    const Graph graph = made(columns);
    ASSERT_GE(groups_with(compile(graph), sum_op), 2);
    const auto exact = evaluate(graph, feeds(columns));
    const auto got = results(graph, feeds(columns), {}, 2);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const auto& expected = exact[index(graph.outputs()[i].node)].values;
      // Rounding of at most 256 + 9 additions of numbers of size 1, and of the numbers themselves.
      const double tolerance =
          5e-7 * (got[i].size() > static_cast<std::size_t>(columns) ? 100 : many_rows);
      for (std::size_t k = 0; k < got[i].size(); ++k)
        ASSERT_NEAR(got[i][k], expected[k], tolerance * (1 + std::abs(expected[k]) / many_rows))
            << graph.outputs()[i].name << " of " << columns << " columns";
    }
  }
}

TEST_F(ChainsWithSums, HaveTheSameBitsWhateverRunsThem) {
  for (const std::int64_t columns : all_columns) {
    const Graph graph = made(columns);
    const Feeds numbers = feeds(columns);
    kernels::limit_simd(kernels::SimdLevel::baseline);
    const auto expected = results(graph, numbers, {"recompute", "join_sums", "generate"}, 1);
    for (const kernels::SimdLevel level : kernels::available_simd()) {
      kernels::limit_simd(level);
      for (const int threads : {1, 2, 3, 4})
        EXPECT_EQ(results(graph, numbers, {}, threads), expected) << columns << " columns";
      for (const char* pass : {"generate", "fuse", "recompute", "join_sums", "reuse"})
        EXPECT_EQ(results(graph, numbers, {pass}, 2), expected) << "without " << pass;
    }
  }
}

}  // namespace
}  // namespace chainrule
