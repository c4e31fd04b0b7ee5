// What does not fit is refused while tracing, in words that say what was given.
#include <cmath>
#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"

namespace chainrule {
namespace {

class Tracing : public testing::Test {
 protected:
  Value x(Shape shape) { return graph_.input(fmt::format("x{}", graph_.size()), shape); }

  std::string refusal(const std::function<void()>& call) {
    const std::int64_t size = graph_.size();
    try {
      call();
    } catch (const UsageError& error) {
      return error.what();
    }
    return fmt::format("accepted, {} nodes added", graph_.size() - size);
  }

  Graph graph_;
};

TEST_F(Tracing, ElementwiseOperandsBroadcastAsInNumpy) {
  EXPECT_EQ((x({3, 1}) + x({4})).shape(), (Shape{3, 4}));
  EXPECT_EQ((x({}) * x({2, 3})).shape(), (Shape{2, 3}));
  EXPECT_EQ(power(x({5, 1, 2}), x({4, 1})).shape(), (Shape{5, 4, 2}));
  EXPECT_EQ(select(x({3, 1}), x({4}), x({})).shape(), (Shape{3, 4}));
  EXPECT_EQ((x({0, 3}) + x({1, 1})).shape(), (Shape{0, 3}));
  EXPECT_EQ(maximum(x({2}), 0.0).shape(), (Shape{2}));
  verify(graph_);
}

TEST_F(Tracing, ElementwiseRefusesShapesThatDoNotBroadcast) {
  const Value a = x({3, 4}), b = x({3}), c = x({2, 4});
  EXPECT_EQ(refusal([&] { a + b; }),
            "add: shapes [3, 4] and [3] do not broadcast; extents must be equal or 1");
  EXPECT_EQ(refusal([&] { greater(a, c); }),
            "greater: shapes [3, 4] and [2, 4] do not broadcast; extents must be equal or 1");
  EXPECT_EQ(refusal([&] { select(a, a, c); }),
            "select: shapes [3, 4] and [2, 4] do not broadcast; extents must be equal or 1");
}

TEST_F(Tracing, MatmulRefuses) {
  EXPECT_EQ(refusal([&] {
              matmul(x({3, 4}), x({3, 4}));
            }),
            "matmul: the inner extents of [3, 4] and [3, 4] differ");
  EXPECT_EQ(refusal([&] {
              matmul(x({4}), x({4, 2}));
            }),
            "matmul: expected two matrices, got [4] and [4, 2]");
}

TEST_F(Tracing, LayoutOperationsRefuse) {
  const Value a = x({3, 4}), b = x({2, 4});
  EXPECT_EQ(refusal([&] { broadcast(a, {4}); }), "broadcast: shape [3, 4] does not stretch to [4]");
  EXPECT_EQ(refusal([&] {
              broadcast(a, {3, 5});
            }),
            "broadcast: shapes [3, 4] and [3, 5] do not broadcast; extents must be equal or 1");
  EXPECT_EQ(refusal([&] {
              broadcast(a, {1, 4});
            }),
            "broadcast: shape [3, 4] does not stretch to [1, 4]");
  EXPECT_EQ(refusal([&] { reshape(a, {5}); }),
            "reshape: [3, 4] and [5] differ in their number of elements");
  EXPECT_EQ(refusal([&] { transpose(a, {0}); }),
            "transpose: every axis of [3, 4] must be named once, got [0]");
  EXPECT_EQ(refusal([&] {
              transpose(a, {1, 1});
            }),
            "transpose: every axis of [3, 4] must be named once, got [1, 1]");
  EXPECT_EQ(refusal([&] {
              transpose(a, {0, 2});
            }),
            "transpose: every axis of [3, 4] must be named once, got [0, 2]");
  EXPECT_EQ(refusal([&] {
              slice(a, {0, 2}, {3, 5});
            }),
            "slice: the part [2, 5) is not inside axis 1 of [3, 4]");
  EXPECT_EQ(refusal([&] {
              slice(a, {2, 0}, {1, 4});
            }),
            "slice: the part [2, 1) is not inside axis 0 of [3, 4]");
  EXPECT_EQ(refusal([&] { slice(a, {0}, {1}); }),
            "slice: [3, 4] needs a begin and an end for every axis");
  EXPECT_EQ(refusal([&] {
              slice(a, {0}, {1, 2, 3});
            }),
            "slice: got 1 begins and 3 ends; every axis needs one of each");
  EXPECT_EQ(refusal([&] { pad(a, {1}, {0}); }), "pad: [3, 4] needs two widths for every axis");
  EXPECT_EQ(refusal([&] {
              pad(a, {0}, {1, 2, 3});
            }),
            "pad: got 1 widths before and 3 after; every axis needs one of each");
  EXPECT_EQ(refusal([&] { pad(a, {0, -1}, {0, 0}); }), "pad: a width must be 0 or more");
  EXPECT_EQ(refusal([&] {
              concatenate({{a, b}}, 1);
            }),
            "concatenate: [3, 4] and [2, 4] differ beside axis 1");
  EXPECT_EQ(refusal([&] { concatenate({{a, b}}, 2); }), "concatenate: [3, 4] has no axis 2");
  EXPECT_EQ(refusal([&] { concatenate({}, 0); }), "concatenate: there is nothing to join");
  EXPECT_EQ(refusal([&] { gather(x({4}), x({2})); }),
            "gather: expected a table [count, width] and rows [n], got [4] and [2]");
  EXPECT_EQ(refusal([&] { scatter_add(a, x({2}), 5); }),
            "scatter_add: expected values [n, width] and rows [n], got [3, 4] and [2]");
}

TEST_F(Tracing, ReductionsRefuse) {
  const Value a = x({3, 4});
  EXPECT_EQ(refusal([&] { sum(a, {2}); }), "sum: shape [3, 4] has no axis 2");
  EXPECT_EQ(refusal([&] { mean(a, {-3}); }), "mean: shape [3, 4] has no axis -3");
  EXPECT_EQ(refusal([&] { max(a, {1, -1}); }), "max: an axis is named twice");
  EXPECT_EQ(refusal([&] { mean(x({0, 3}), {0}); }), "mean: there is no mean of no numbers");
  EXPECT_EQ(refusal([&] { softmax(x({})); }),
            "softmax runs over the last axis, but a scalar has none; reshape it to [1]");
}

TEST_F(Tracing, LossesAndRandomOperationsRefuse) {
  const std::string rule = "a loss compares two tensors of one shape [batch, outputs], got ";
  EXPECT_EQ(refusal([&] { half_squared_error(x({4, 3}), x({4, 1})); }), rule + "[4, 3] and [4, 1]");
  EXPECT_EQ(refusal([&] { cross_entropy(x({4}), x({4})); }), rule + "[4] and [4]");
  EXPECT_EQ(refusal([&] {
              huber(x({1, 1}), x({1, 1}), 0);
            }),
            "huber: delta must be positive, got 0.000000");
  EXPECT_EQ(refusal([&] { random_uniform(x({4}), {4}, 1, 1); }),
            "random_uniform: the counter has two or three values, got [4]");
  EXPECT_EQ(refusal([&] { dropout(x({3}), x({1}), 0.5, 1, 1); }),
            "dropout: the counter has two or three values, got [1]");
  EXPECT_EQ(refusal([&] { dropout(x({3}), x({2}), 1.0, 1, 1); }),
            "dropout: the rate must be at least 0 and below 1, got 1.000000");
}

TEST_F(Tracing, NegativeAxesCountFromTheEnd) {
  EXPECT_EQ(sum(x({3, 4}), {-1}).shape(), (Shape{3, 1}));
  EXPECT_EQ(transpose(x({2, 3, 4}), {-1, 0, 1}).shape(), (Shape{4, 2, 3}));
  EXPECT_EQ(transpose(x({2, 3, 4})).shape(), (Shape{4, 3, 2}));
}

TEST_F(Tracing, NamesAreTakenOnce) {
  const Value a = graph_.input("a", {2});
  EXPECT_EQ(refusal([&] { graph_.variable("a", {3}); }), "the name a is taken in this graph");
  EXPECT_EQ(refusal([&] { graph_.name(exp(a), "a"); }), "the name a is taken in this graph");
  EXPECT_EQ(refusal([&] { graph_.input("", {2}); }), "a name must not be empty");
  graph_.output("y", a);
  EXPECT_EQ(refusal([&] { graph_.output("y", exp(a)); }), "this graph has an output y already");
}

TEST_F(Tracing, AnUpdateGivesOneVariableOneNextValue) {
  const Value w = graph_.variable("w", {2});
  EXPECT_EQ(refusal([&] { graph_.update(w, x({3})); }), "w has shape [2], its next value [3]");
  EXPECT_EQ(refusal([&] { graph_.update(graph_.value(1), w); }),
            "update: %1 is no variable; only variables keep a value");
  graph_.update(w, 2.0 * w);
  EXPECT_EQ(refusal([&] { graph_.update(w, w); }), "update: w has a next value already");
}

TEST_F(Tracing, ValuesOfAnotherGraphAreRefused) {
  Graph other;
  const Value a = x({2}), foreign = other.variable("w", {2});
  EXPECT_EQ(refusal([&] { a + foreign; }), "add: a value belongs to another graph");
  EXPECT_EQ(refusal([&] { graph_.output("y", foreign); }), "y: a value belongs to another graph");
  EXPECT_EQ(refusal([&] { graph_.name(foreign, "y"); }), "y: a value belongs to another graph");
  EXPECT_EQ(refusal([&] { graph_.update(foreign, a); }),
            "update: a value belongs to another graph");
  EXPECT_EQ(refusal([&] { gradient(sum(a), {{foreign}}); }),
            "gradient: a value to differentiate by belongs to another graph");
}

TEST_F(Tracing, EmptyValuesAreRefused) {
  const std::string rule =
      "an empty Value was given where a node of a graph is needed; give a value that an input, a "
      "variable or an operation has made";
  const Value a = x({2, 2}), none;
  EXPECT_EQ(refusal([&] { a + none; }), rule);
  EXPECT_EQ(refusal([&] { none + a; }), rule);
  EXPECT_EQ(refusal([&] { none * 2.0; }), rule);
  EXPECT_EQ(refusal([&] { exp(none); }), rule);
  EXPECT_EQ(refusal([&] { select(a, none, a); }), rule);
  EXPECT_EQ(refusal([&] { sum(none); }), rule);
  EXPECT_EQ(refusal([&] { matmul(none, a); }), rule);
  EXPECT_EQ(refusal([&] { concatenate({{none, a}}, 0); }), rule);
  EXPECT_EQ(refusal([&] { gradient(none, {{a}}); }), rule);
  EXPECT_EQ(refusal([&] { none.shape(); }), rule);
  EXPECT_EQ(refusal([&] { matmul(a, none); }), "matmul: a value belongs to another graph");
  EXPECT_EQ(refusal([&] { graph_.output("y", none); }), "y: a value belongs to another graph");
  EXPECT_EQ(refusal([&] { gradient(sum(a), {{none}}); }),
            "gradient: a value to differentiate by belongs to another graph");
}

TEST_F(Tracing, ANameIsFreeAgainWhenItsNodeGetsAnother) {
  const Value a = graph_.name(exp(x({2})), "first");
  graph_.name(a, "second");
  EXPECT_FALSE(graph_.find("first"));
  EXPECT_EQ(graph_.find("second"), a.id());
  graph_.name(exp(a), "first");
  verify(graph_);
}

TEST_F(Tracing, LeavesThatMustBeAtLeastSomethingAreRefusedBelowIt) {
  const Value count = graph_.input("count", {}), kept = graph_.variable("kept", {1});
  graph_.require_at_least(count, 1, "we count from 1");
  graph_.require_at_least(kept, -2, "it is no colder");
  graph_.output("y", count + kept);
  const auto evaluated = [&](double a, double b) {
    return refusal([&] { evaluate(graph_, {{"count", {{}, {a}}}, {"kept", {{1}, {b}}}}); });
  };
  Session session;
  Program program(graph_, session);
  std::vector<double> seconds(program.calls().size());
  const auto ran = [&](float a, float b) {
    program.input("count")[0] = a;
    session.values("kept")[0] = b;
    EXPECT_EQ(refusal([&] { program.run(seconds); }), refusal([&] { program.run(); }));
    return refusal([&] { program.run(); });
  };
  const std::string fine = "accepted, 0 nodes added";
  EXPECT_EQ(evaluated(1, -2), fine);
  EXPECT_EQ(ran(1, -2), fine);
  EXPECT_EQ(evaluated(0, -2), "count is 0; it must be at least 1: we count from 1");
  EXPECT_EQ(ran(0, -2), "count is 0; it must be at least 1: we count from 1");
  EXPECT_EQ(evaluated(1, -3), "kept is -3; it must be at least -2: it is no colder");
  EXPECT_EQ(ran(1, -3), "kept is -3; it must be at least -2: it is no colder");
  EXPECT_EQ(ran(NAN, 0), "count is nan; it must be at least 1: we count from 1");
  EXPECT_EQ(refusal([&] { graph_.require_at_least(graph_.constant(0), 1, "so it is"); }),
            "the constant is 0; it must be at least 1: so it is");
  const Value wide = x({3});
  EXPECT_EQ(refusal([&] { graph_.require_at_least(wide, 1, ""); }),
            fmt::format("require_at_least: %{} must be a leaf of one element", wide.id()));
}

}  // namespace
}  // namespace chainrule
