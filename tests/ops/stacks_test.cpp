// Products of stacks of matrices, and axes in any order, against loops over the definition.
#include <numeric>

#include <gmock/gmock.h>

#include "chainrule/error.h"
#include "ops/gradient_check.h"
#include "ops/numbers.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

struct Sizes {
  std::vector<std::int64_t> stack;
  std::int64_t m, n, k;
};
const std::vector<Sizes> all_sizes{{{3}, 2, 3, 4},     {{2, 3}, 5, 7, 300},   {{70}, 40, 33, 65},
                                   {{4}, 1, 50, 20},   {{2, 2}, 150, 90, 40}, {{3}, 300, 120, 200},
                                   {{0}, 2, 3, 4},     {{2}, 3, 4, 0},        {{5}, 16, 1, 90},
                                   {{1, 1}, 20, 9, 11}};

Shape stacked(const std::vector<std::int64_t>& stack, std::int64_t rows, std::int64_t columns) {
  std::vector<std::int64_t> extents = stack;
  extents.insert(extents.end(), {rows, columns});
  return Shape(extents);
}

// Each product of the stack has the bits that it has alone.
void expect_products_alone(const Sizes& sizes, bool first_is_stack, bool second_is_stack) {
  const auto& [stack, m, n, k] = sizes;
  RandomStream random(3, 0);
  const Shape a = stacked(first_is_stack ? stack : std::vector<std::int64_t>{}, m, k);
  const Shape b = stacked(second_is_stack ? stack : std::vector<std::int64_t>{}, k, n);
  Graph graph, one;
  graph.output("y", tanh(matmul(graph.input("x0", a), graph.input("x1", b))));
  one.output("y", tanh(matmul(one.input("x0", {m, k}), one.input("x1", {k, n}))));
  const std::vector<Floats> x{drawn_floats(a.size(), random), drawn_floats(b.size(), random)};
  const std::int64_t count =
      std::accumulate(stack.begin(), stack.end(), std::int64_t{1}, std::multiplies());
  Floats expected;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto part = [&](const Floats& all, bool is_stack, std::int64_t floats) {
      const auto begin = all.begin() + (is_stack ? i * floats : 0);
      return Floats(begin, begin + floats);
    };
    const Floats y =
        outputs_of(one, {part(x[0], first_is_stack, m * k), part(x[1], second_is_stack, k * n)}, 1);
    expected.insert(expected.end(), y.begin(), y.end());
  }
  for (const int threads : {1, 2, 4})
    EXPECT_EQ(all_bits(outputs_of(graph, x, threads)), all_bits(expected))
        << a.to_string() << " " << b.to_string();
}

TEST(StackedProducts, HaveTheBitsOfEachProductAloneWithAnyNumberOfThreads) {
  for (const Sizes& sizes : all_sizes) {
    expect_products_alone(sizes, true, true);
    expect_products_alone(sizes, false, true);
  }
}

TEST(StackedProducts, OfAStackAndOneMatrixAreOneProductOfAllRows) {
  Graph graph;
  const Value y = matmul(graph.input("a", {2, 3, 4, 5}), graph.input("b", {5, 6}));
  EXPECT_EQ(y.shape(), (Shape{2, 3, 4, 6}));
  EXPECT_EQ(graph.node(y.node().inputs[0]).shape, (Shape{24, 6}));
}

TEST(StackedProducts, HaveRightGradients) {
  Op stacks = matmul_op;
  stacks.check.cases = [] {
    return std::vector<CheckCase>{
        {.operands = {{2, 3, 4}, {2, 4, 2}}},
        {.operands = {{3, 4}, {2, 4, 2}}},
        {.operands = {{3, 1, 3, 4}, {4, 2}}},
        {.operands = {{2, 4, 3}, {2, 4, 2}}, .attributes = {.ints = {1, 0}}},
        {.operands = {{3, 4}, {2, 2, 2, 4}}, .attributes = {.ints = {0, 1}}},
        {.operands = {{2, 4, 3}, {2, 4}}, .attributes = {.ints = {1, 1}}}};
  };
  const GradientReport report = check_gradient(stacks);
  EXPECT_LE(report.error, 1e-6) << report.where;
}

TEST(StackedProducts, AreRefusedWhereTheirExtentsDiffer) {
  Graph graph;
  const Value a = graph.input("a", {2, 3, 4}), b = graph.input("b", {3, 4, 2}),
              c = graph.input("c", {2, 3, 2});
  EXPECT_THAT([&] { matmul(a, b); },
              testing::ThrowsMessage<UsageError>(
                  "matmul: the leading extents of [2, 3, 4] and [3, 4, 2] differ"));
  EXPECT_THAT([&] { matmul(a, c); },
              testing::ThrowsMessage<UsageError>(
                  "matmul: the inner extents of [2, 3, 4] and [2, 3, 2] differ"));
}

TEST(Transpose, MovesEveryNumberToItsPlaceWithAnyNumberOfThreads) {
  RandomStream random(4, 0);
  for (int round = 0; round < 120; ++round) {
    const auto rank = 1 + random.below(6);
    std::vector<std::int64_t> extents, order(rank);
    for (std::size_t axis = 0; axis < rank; ++axis)
      extents.push_back(static_cast<std::int64_t>(random.below(rank > 4 ? 6 : 40)) +
                        (random.below(30) > 0));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = rank; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    Graph graph;
    const Shape shape(extents);
    const Value y = transpose(graph.input("x0", shape), order);
    graph.output("y", y);
    const Floats x = drawn_floats(shape.size(), random);
    Floats expected;
    for (std::int64_t at = 0; at < y.shape().size(); ++at) {
      std::vector<std::int64_t> index(rank);
      std::int64_t rest = at, from = 0;
      for (std::size_t axis = rank; axis-- > 0;) {
        index[static_cast<std::size_t>(order[axis])] = rest % y.shape()[static_cast<int>(axis)];
        rest /= y.shape()[static_cast<int>(axis)];
      }
      for (std::size_t axis = 0; axis < rank; ++axis) from = from * extents[axis] + index[axis];
      expected.push_back(x[static_cast<std::size_t>(from)]);
    }
    for (const int threads : {1, 3})
      ASSERT_EQ(all_bits(outputs_of(graph, {x}, threads)), all_bits(expected)) << shape.to_string();
  }
}

}  // namespace
}  // namespace chainrule
