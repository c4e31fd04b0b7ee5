// The records are complete: what one says, it says once, and the public functions reach them all.
#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "ops/numbers.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

TEST(Records, HaveUniqueNamesAndSummariesThatAreSentences) {
  std::set<std::string_view> names;
  for (const Op* op : all_ops()) {
    EXPECT_TRUE(names.insert(op->name).second) << op->name << " is there twice";
    EXPECT_EQ(find_op(op->name), op);
    ASSERT_FALSE(op->summary.empty()) << op->name;
    EXPECT_TRUE(op->summary.en.ends_with('.')) << op->name;
    EXPECT_TRUE(op->summary.ko.ends_with('.')) << op->name;
    EXPECT_LE(op->summary.en.size(), 80U) << op->name << " does not fit a line of the table";
  }
  EXPECT_EQ(find_op("convolution"), nullptr);
}

TEST(Records, HaveExactlyOneMeaning) {
  for (const Op* op : all_ops()) {
    const bool scalar = op->scalar.unary || op->scalar.binary || op->scalar.ternary;
    EXPECT_EQ(scalar, op->kind == OpKind::elementwise) << op->name;
    EXPECT_EQ(op->reference != nullptr, op->kind == OpKind::primitive) << op->name;
    EXPECT_EQ(op->compose != nullptr, op->kind == OpKind::composite) << op->name;
  }
}

TEST(Records, OfElementwiseOperationsHaveAScalarFunctionOfTheirArity) {
  for (const Op* op : all_ops()) {
    if (op->kind != OpKind::elementwise) continue;
    EXPECT_EQ(op->scalar.unary != nullptr, op->arity == 1) << op->name;
    EXPECT_EQ(op->scalar.binary != nullptr, op->arity == 2) << op->name;
    EXPECT_EQ(op->scalar.ternary != nullptr, op->arity == 3) << op->name;
  }
}

TEST(Records, HaveOneDerivativeUnlessTheyAreComposed) {
  for (const Op* op : all_ops()) {
    const int given = (op->partials != nullptr) + (op->chain_rule != nullptr);
    EXPECT_LE(given, 1) << op->name;
    EXPECT_TRUE(given == 1 || op->kind == OpKind::composite) << op->name;
  }
}

TEST(Records, HaveAShapeRuleAndAFastLoopWhereTheEngineKnowsNone) {
  for (const Op* op : all_ops()) {
    EXPECT_TRUE(op->shape != nullptr || op->kind == OpKind::elementwise) << op->name;
    EXPECT_TRUE(op->fast != nullptr || op->kind != OpKind::primitive) << op->name;
  }
}

// Operands and attributes of the first case, or plain ones, on a new graph.
Value trace_first_case(const Op& op, Graph& graph) {
  CheckCase first{
      .operands = std::vector<Shape>(static_cast<std::size_t>(std::max(op.arity, 0)), Shape{3, 4})};
  if (op.check.cases != nullptr) first = op.check.cases()[0];
  std::vector<Value> x;
  for (const Shape& shape : first.operands)
    x.push_back(graph.input(fmt::format("x{}", x.size()), shape));
  return graph.apply(op, x, first.attributes);
}

TEST(Records, OfCompositesGiveTheShapeOfTheirComposition) {
  for (const Op* op : all_ops()) {
    if (op->compose == nullptr) continue;
    Graph graph;
    const Value y = trace_first_case(*op, graph);
    std::vector<Value> x;
    for (const NodeId input : y.node().inputs) x.push_back(graph.value(input));
    const Attributes attributes = y.node().attributes;
    EXPECT_EQ(op->compose(x, attributes).shape(), y.shape()) << op->name;
    verify(graph);
  }
}

TEST(Records, SayWhatTheirAttributesMean) {
  for (const Op* op : all_ops()) {
    Graph graph;
    const Attributes& attributes = trace_first_case(*op, graph).node().attributes;
    const bool has_both = !attributes.ints.empty() && !attributes.reals.empty();
    const bool has_some = !attributes.ints.empty() || !attributes.reals.empty();
    const std::string_view names = op->attribute_names;
    EXPECT_TRUE(!has_some || !names.empty()) << op->name;
    EXPECT_EQ(has_both, names.find("; ") != names.npos) << op->name;
  }
}

// a and b are matrices [2, 2], rows is [2].
using Public = Value (*)(Value a, Value b, Value rows);
const std::map<std::string_view, Public> public_functions{
    {"add", [](Value a, Value b, Value) { return a + b; }},
    {"subtract", [](Value a, Value b, Value) { return a - b; }},
    {"multiply", [](Value a, Value b, Value) { return a * b; }},
    {"multiply_add", [](Value a, Value b, Value) { return multiply_add(a, b, a); }},
    {"divide", [](Value a, Value b, Value) { return a / b; }},
    {"negate", [](Value a, Value, Value) { return -a; }},
    {"power", [](Value a, Value b, Value) { return power(a, b); }},
    {"minimum", [](Value a, Value b, Value) { return minimum(a, b); }},
    {"maximum", [](Value a, Value b, Value) { return maximum(a, b); }},
    {"greater", [](Value a, Value b, Value) { return greater(a, b); }},
    {"greater_equal", [](Value a, Value b, Value) { return greater_equal(a, b); }},
    {"less", [](Value a, Value b, Value) { return less(a, b); }},
    {"less_equal", [](Value a, Value b, Value) { return less_equal(a, b); }},
    {"equal", [](Value a, Value b, Value) { return equal(a, b); }},
    {"not_equal", [](Value a, Value b, Value) { return not_equal(a, b); }},
    {"select", [](Value a, Value b, Value) { return select(a, b, a); }},
    {"exp", [](Value a, Value, Value) { return exp(a); }},
    {"expm1", [](Value a, Value, Value) { return expm1(a); }},
    {"log", [](Value a, Value, Value) { return log(a); }},
    {"log1p", [](Value a, Value, Value) { return log1p(a); }},
    {"sqrt", [](Value a, Value, Value) { return sqrt(a); }},
    {"abs", [](Value a, Value, Value) { return abs(a); }},
    {"sign", [](Value a, Value, Value) { return sign(a); }},
    {"erf", [](Value a, Value, Value) { return erf(a); }},
    {"sigmoid", [](Value a, Value, Value) { return sigmoid(a); }},
    {"tanh", [](Value a, Value, Value) { return tanh(a); }},
    {"relu", [](Value a, Value, Value) { return relu(a); }},
    {"leaky_relu", [](Value a, Value, Value) { return leaky_relu(a); }},
    {"elu", [](Value a, Value, Value) { return elu(a); }},
    {"gelu", [](Value a, Value, Value) { return gelu(a); }},
    {"silu", [](Value a, Value, Value) { return silu(a); }},
    {"softplus", [](Value a, Value, Value) { return softplus(a); }},
    {"softmax", [](Value a, Value, Value) { return softmax(a); }},
    {"log_softmax", [](Value a, Value, Value) { return log_softmax(a); }},
    {"sum", [](Value a, Value, Value) { return sum(a); }},
    {"mean", [](Value a, Value, Value) { return mean(a); }},
    {"max", [](Value a, Value, Value) { return max(a); }},
    {"broadcast",
     [](Value a, Value, Value) {
       return broadcast(a, {3, 2, 2});
     }},
    {"reshape", [](Value a, Value, Value) { return reshape(a, {4}); }},
    {"transpose", [](Value a, Value, Value) { return transpose(a); }},
    {"slice",
     [](Value a, Value, Value) {
       return slice(a, {0, 0}, {1, 2});
     }},
    {"pad",
     [](Value a, Value, Value) {
       return pad(a, {0, 0}, {1, 2});
     }},
    {"concatenate",
     [](Value a, Value b, Value) {
       return concatenate({{a, b}}, 0);
     }},
    {"gather", [](Value a, Value, Value rows) { return gather(a, rows); }},
    {"scatter_add", [](Value a, Value, Value rows) { return scatter_add(a, rows, 3); }},
    {"subtract_rows",
     [](Value a, Value b, Value rows) { return subtract_rows(a, b, rows, reshape(sum(a), {})); }},
    {"windows",
     [](Value a, Value, Value) {
       return windows(reshape(a, {1, 2, 2, 1}), {.size = {2, 1}});
     }},
    {"overlap",
     [](Value a, Value, Value) {
       return overlap(reshape(a, {1, 1, 2, 2, 1, 1}), {.size = {2, 1}}, 2, 2);
     }},
    {"matmul", [](Value a, Value b, Value) { return matmul(a, b); }},
    {"convolve",
     [](Value a, Value b, Value) {
       return convolve(reshape(a, {1, 1, 2, 2}), b, {});
     }},
    {"image_gradient",
     [](Value a, Value b, Value) {
       return image_gradient(reshape(a, {1, 1, 2, 2}), b, {}, 1, 2);
     }},
    {"filter_gradient",
     [](Value a, Value b, Value) {
       return filter_gradient(reshape(a, {1, 1, 2, 2}), reshape(b, {1, 1, 2, 2}), {});
     }},
    {"max_pool",
     [](Value a, Value, Value) {
       return max_pool(reshape(a, {1, 2, 2, 1}), {.size = {2, 1}});
     }},
    {"max_pool_gradient",
     [](Value a, Value b, Value) {
       const Value x = reshape(b, {1, 2, 2, 1});
       return max_pool_gradient(reshape(a, {1, 2, 2, 1}), x, x, {});
     }},
    {"random_uniform", [](Value, Value, Value rows) { return random_uniform(rows, {3}, 1, 2); }},
    {"dropout", [](Value a, Value, Value rows) { return dropout(a, rows, 0.5, 1, 2); }},
    {"half_squared_error", [](Value a, Value b, Value) { return half_squared_error(a, b); }},
    {"mean_squared_error", [](Value a, Value b, Value) { return mean_squared_error(a, b); }},
    {"mean_absolute_error", [](Value a, Value b, Value) { return mean_absolute_error(a, b); }},
    {"huber", [](Value a, Value b, Value) { return huber(a, b); }},
    {"pinball",
     [](Value a, Value b, Value) {
       return pinball(a, b, {0.1, 0.9});
     }},
    {"cross_entropy", [](Value a, Value b, Value) { return cross_entropy(a, b); }},
    {"binary_cross_entropy", [](Value a, Value b, Value) { return binary_cross_entropy(a, b); }},
};

TEST(Records, AreEachReachedByThePublicFunctionOfTheirName) {
  Graph graph;
  const Value a = graph.input("a", {2, 2}), b = graph.input("b", {2, 2});
  const Value rows = graph.input("rows", {2});
  for (const Op* op : all_ops()) {
    const auto found = public_functions.find(op->name);
    ASSERT_NE(found, public_functions.end()) << op->name << " is missing in this test";
    EXPECT_EQ(found->second(a, b, rows).node().op, op) << op->name;
  }
  EXPECT_EQ(public_functions.size(), all_ops().size());
  verify(graph);
}

TEST(Records, AreListedForPeople) {
  const std::vector<OpSummary> list = list_operations();
  ASSERT_EQ(list.size(), all_ops().size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    EXPECT_EQ(list[i].name, all_ops()[i]->name);
    EXPECT_EQ(list[i].summary, all_ops()[i]->summary.en);
    EXPECT_EQ(list[i].operands, all_ops()[i]->arity);
  }
  const std::map<std::string_view, std::string_view> kinds{
      {"add", "elementwise"}, {"matmul", "primitive"}, {"huber", "composite"}};
  for (const auto& [name, kind] : kinds) {
    const auto op = std::ranges::find(list, name, &OpSummary::name);
    ASSERT_NE(op, list.end()) << name;
    EXPECT_EQ(op->kind, kind) << name;
  }
}

}  // namespace
}  // namespace chainrule
