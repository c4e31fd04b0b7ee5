#include "chainrule/gradient.h"

#include <cmath>

#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"

namespace chainrule {
namespace {

double at(const std::vector<DoubleTensor>& values, Value value, std::size_t element = 0) {
  return values[static_cast<std::size_t>(value.id())].values[element];
}

// The graph's nodes move as it grows; wherever in a chain rule that happens, nothing is lost.
// (Under the address sanitizer this sees what looks at a node that has moved.)
TEST(Gradient, IsRightWhereverTheNodesMove) {
  for (int before = 0; before < 300; ++before) {
    Graph graph;
    for (int i = 0; i < before; ++i) graph.constant(i);
    const Value x = graph.input("x", {3, 2}), row = graph.variable("row", {2});
    const Value table = graph.variable("table", {3, 1});
    const Value y = sum(tanh(x * row + table) * softmax(gelu(x) + row));
    const auto grads = gradient(y, {{row, table}});
    EXPECT_EQ(grads[0].shape(), Shape{2});
    EXPECT_EQ(grads[1].shape(), (Shape{3, 1}));
    verify(graph);
  }
}

// Numbers from the tutorial page, worked by hand there.
TEST(Gradient, GivesTheTutorialsNumbers) {
  Graph graph;
  const Value x = graph.input("x", {1, 2}), target = graph.input("target", {1, 2});
  const Value w1 = graph.variable("w1", {2, 2}), w2 = graph.variable("w2", {2, 2});
  const Value h = sigmoid(matmul(x, transpose(w1)));
  const Value loss = half_squared_error(sigmoid(matmul(h, transpose(w2))), target);
  const auto grads = gradient(loss, {{w1, w2}});
  verify(graph);
  const auto values = evaluate(graph, {{"x", {{1, 2}, {0.1, 0.2}}},
                                       {"target", {{1, 2}, {0.4, 0.6}}},
                                       {"w1", {{2, 2}, {0.3, 0.25, 0.4, 0.35}}},
                                       {"w2", {{2, 2}, {0.45, 0.4, 0.7, 0.6}}}});
  EXPECT_NEAR(at(values, loss), 0.02397190075173003, 1e-15);
  const double expected_w1[] = {0.0008088753836261947, 0.0016177507672523895, 0.0007100860110548808,
                                0.0014201720221097616};
  const double expected_w2[] = {0.025922855603647398, 0.026295901328202025, 0.00740844462721342,
                                0.0075150566701163175};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(at(values, grads[0], i), expected_w1[i], 1e-16);
    EXPECT_NEAR(at(values, grads[1], i), expected_w2[i], 1e-15);
  }
}

TEST(Gradient, CanBeDifferentiatedAgain) {
  Graph graph;
  const Value x = graph.input("x", {});
  const Value y = x * x * x * exp(x);
  const Value first = gradient(y, {{x}})[0];
  const Value second = gradient(first, {{x}})[0];
  const Value third = gradient(second, {{x}})[0];
  const double v = 0.7, e = std::exp(v);
  const auto values = evaluate(graph, {{"x", {{}, {v}}}});
  EXPECT_NEAR(at(values, first), e * (v * v * v + 3 * v * v), 1e-14);
  EXPECT_NEAR(at(values, second), e * (v * v * v + 6 * v * v + 6 * v), 1e-13);
  EXPECT_NEAR(at(values, third), e * (v * v * v + 9 * v * v + 18 * v + 6), 1e-13);
}

TEST(Gradient, IsZeroWhereNothingDepends) {
  Graph graph;
  const Value x = graph.input("x", {2}), other = graph.input("other", {3});
  const Value zero = gradient(sum(x * x), {{other}})[0];
  const auto values =
      evaluate(graph, {{"x", {{2}, {1, 2}}}, {"other", DoubleTensor::filled({3}, 1.0)}});
  EXPECT_EQ(values[static_cast<std::size_t>(zero.id())], DoubleTensor(Shape{3}));
}

// h is both asked for and on the way to w: the walk must pass it, not end there.
TEST(Gradient, ReachesWhatLiesBehindANodeThatIsAskedFor) {
  Graph graph;
  const Value w = graph.input("w", {});
  const Value h = w * w;
  const auto grads = gradient(exp(h), {{h, w}});
  const auto values = evaluate(graph, {{"w", {{}, {0.5}}}});
  EXPECT_NEAR(at(values, grads[0]), std::exp(0.25), 1e-15);
  EXPECT_NEAR(at(values, grads[1]), 2 * 0.5 * std::exp(0.25), 1e-15);
}

// One operand of a composite computed from the other: only the composite's own paths count.
TEST(Gradient, OfACompositeSeesItsOperandsAsGiven) {
  Graph graph;
  const Value p = graph.input("p", {1, 2});
  const Value target = 3.0 * p;
  const Value loss = mean_squared_error(p, target);  // mean((3p - p)^2) = mean(4 p^2)
  const Value grad = gradient(loss, {{p}})[0];
  const auto values = evaluate(graph, {{"p", {{1, 2}, {0.5, -1.0}}}});
  EXPECT_NEAR(at(values, grad, 0), 4 * 0.5, 1e-15);
  EXPECT_NEAR(at(values, grad, 1), 4 * -1.0, 1e-15);
}

// One value as both operands of a composite: its gradient arrives once.
TEST(Gradient, OfACompositeCountsAValueThatIsTwoOperandsOnce) {
  Graph graph;
  const Value x = graph.input("x", {1, 1});
  const Value loss = binary_cross_entropy(x, x);  // softplus(x) - x^2
  const Value grad = gradient(loss, {{x}})[0];
  const auto values = evaluate(graph, {{"x", {{1, 1}, {0.3}}}});
  EXPECT_NEAR(at(values, grad), 1 / (1 + std::exp(-0.3)) - 2 * 0.3, 1e-15);
}

TEST(Gradient, AsksForAScalar) {
  Graph graph;
  const Value x = graph.input("x", {2});
  EXPECT_THROW(gradient(x * x, {{x}}), UsageError);
}

}  // namespace
}  // namespace chainrule
