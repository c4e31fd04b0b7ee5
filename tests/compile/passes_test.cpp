// One claim per pass, on drafts that are made by hand or at random.
#include "compile/passes.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/gradient.h"
#include "chainrule/program.h"
#include "compile/random_graph.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

std::int64_t count(const Graph& graph, const Op& op) {
  return std::ranges::count(graph.nodes(), &op, &Node::op);
}

Draft lowered(const Graph& graph) {
  Draft draft{.graph = graph};
  lower(draft);
  return draft;
}

Draft simplified(const Graph& graph) {
  Draft draft = lowered(graph);
  simplify(draft);
  return draft;
}

// Where a group computes a node, by index; -1: nowhere.
std::int64_t group_of(const Draft& draft, NodeId id) {
  for (std::size_t i = 0; i < draft.groups.size(); ++i)
    if (std::ranges::find(draft.groups[i].nodes, id) != draft.groups[i].nodes.end() &&
        computes(draft.graph, draft.groups[i], id))
      return static_cast<std::int64_t>(i);
  return -1;
}

NodeId output(const Draft& draft, std::size_t i = 0) { return draft.graph.outputs()[i].node; }

Feeds feeds_for(const Graph& graph) {
  Feeds feeds;
  RandomStream random(4, 0);
  for (const Node& node : graph.nodes()) {
    if (node.name.empty() || !node.inputs.empty()) continue;
    DoubleTensor& value = feeds[node.name] = DoubleTensor(node.shape);
    for (double& number : value.values) number = random.normal();
  }
  return feeds;
}

// Of outputs and next values, in double precision.
std::vector<std::vector<double>> results(const Graph& graph) {
  const auto values = evaluate(graph, feeds_for(graph));
  std::vector<std::vector<double>> all;
  for (const Output& output : graph.outputs())
    all.push_back(values[static_cast<std::size_t>(output.node)].values);
  for (const Update& update : graph.updates())
    all.push_back(values[static_cast<std::size_t>(update.value)].values);
  return all;
}

void expect_same_meaning(const Graph& before, const Graph& after) {
  const auto expected = results(before), got = results(after);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    for (std::size_t k = 0; k < got[i].size(); ++k) {
      if (std::isnan(expected[i][k])) continue;
      EXPECT_NEAR(got[i][k], expected[i][k], 1e-9 * (1 + std::abs(expected[i][k])));
    }
}

TEST(Rewrite, KeepsNamesInputsAndOriginsAndDropsWhatNobodyNeeds) {
  Graph graph;
  const Value x = graph.input("x", {2});
  graph.input("unused", {3});
  const OriginScope scope(graph, {.layer = "dense1"});
  const Value dead = tanh(x), y = graph.name(exp(x), "y");
  graph.output("out", y);
  const Graph kept = rewrite(graph, keep);
  EXPECT_TRUE(kept.find("unused"));
  ASSERT_TRUE(kept.find("y"));
  EXPECT_EQ(kept.node(*kept.find("y")).origin.layer, "dense1");
  EXPECT_EQ(count(kept, *find_op("tanh")), 0);
  const std::vector<char> live = find_live(graph);
  EXPECT_TRUE(live[static_cast<std::size_t>(y.id())]);
  EXPECT_FALSE(live[static_cast<std::size_t>(dead.id())]);
}

TEST(Lower, LeavesNoCompositeAndCopiesLeavesThatAreResults) {
  Graph graph;
  const Value x = graph.input("x", {3, 4}), w = graph.variable("w", {3, 4});
  graph.output("loss", cross_entropy(gelu(x), softmax(w)));
  graph.output("same", x);
  graph.update(w, x);
  const Draft draft = lowered(graph);
  for (const Node& node : draft.graph.nodes()) EXPECT_EQ(node.op->compose, nullptr);
  EXPECT_FALSE(is_leaf(draft.graph.node(output(draft, 1))));
  EXPECT_FALSE(is_leaf(draft.graph.node(draft.graph.updates()[0].value)));
  expect_same_meaning(graph, draft.graph);
}

TEST(Simplify, MakesEqualNodesOneAndWorksOutConstants) {
  Graph graph;
  const Value x = graph.input("x", {3, 4});
  const Value two = graph.constant(1.0) + graph.constant(1.0);
  graph.output("y", tanh(x) * two + tanh(x));
  const Draft draft = simplified(graph);
  EXPECT_EQ(count(draft.graph, *find_op("tanh")), 1);
  EXPECT_EQ(count(draft.graph, *find_op("add")), 1);
  expect_same_meaning(graph, draft.graph);
}

TEST(Simplify, DropsWhatChangesNoBitAndNothingElse) {
  const auto operations_left = [](const std::function<Value(Value)>& f) {
    Graph graph;
    graph.output("y", f(tanh(graph.input("x", {3}))));
    return simplified(graph).groups.size() - 1;  // without tanh
  };
  EXPECT_EQ(operations_left([](Value x) { return x * 1.0; }), 0U);
  EXPECT_EQ(operations_left([](Value x) { return 1.0 * x; }), 0U);
  EXPECT_EQ(operations_left([](Value x) { return x / 1.0; }), 0U);
  EXPECT_EQ(operations_left([](Value x) { return x - 0.0; }), 0U);
  EXPECT_EQ(operations_left([](Value x) { return x + -0.0; }), 0U);
  EXPECT_EQ(operations_left([](Value x) { return -(-x); }), 0U);
  EXPECT_EQ(operations_left([](Value x) { return x + 0.0; }), 1U);   // of -0
  EXPECT_EQ(operations_left([](Value x) { return x - -0.0; }), 1U);  // of -0
  EXPECT_EQ(operations_left([](Value x) { return 0.0 - x; }), 1U);   // of 0
  EXPECT_EQ(operations_left([](Value x) { return x * 0.0; }), 1U);   // of infinity
  EXPECT_EQ(operations_left([](Value x) { return 0.0 / x; }), 1U);   // of 0
}

TEST(Simplify, WorksInFrontOfBroadcastsWhereThereIsLessToDo) {
  Graph graph;
  const Value row = graph.input("row", {4});
  graph.output("y", tanh(broadcast(row, {50, 4}) * 3.0) + graph.input("x", {50, 4}));
  const Draft draft = simplified(graph);
  for (const Node& node : draft.graph.nodes()) {
    if (node.op == &tanh_op || node.op == &multiply_op) {
      EXPECT_EQ(node.shape, Shape{4});
    }
  }
  expect_same_meaning(graph, draft.graph);
}

TEST(Absorb, MakesTransposesFlagsOfTheProductThatReadsThem) {
  Graph graph;
  const Value a = graph.input("a", {4, 3}), b = graph.input("b", {2, 4});
  graph.output("y", matmul(transpose(a), transpose(b)));
  graph.output("z", transpose(matmul(a, transpose(a))));
  Draft draft = simplified(graph);
  fold_transposes(draft);
  EXPECT_EQ(count(draft.graph, transpose_op), 0);
  EXPECT_EQ(draft.graph.node(output(draft)).attributes.ints, (std::vector<std::int64_t>{1, 1}));
  expect_same_meaning(graph, draft.graph);
}

TEST(Absorb, KeepsATransposeThatSomethingElseReads) {
  Graph graph;
  const Value a = graph.input("a", {4, 3}), t = transpose(a);
  graph.output("y", matmul(t, a));
  graph.output("t", tanh(t));
  Draft draft = simplified(graph);
  fold_transposes(draft);
  EXPECT_EQ(count(draft.graph, transpose_op), 1);
  expect_same_meaning(graph, draft.graph);
}

TEST(Fuse, JoinsAChainAndTheProductBeforeIt) {
  Graph graph;
  const Value x = graph.input("x", {8, 4}), w = graph.input("w", {4, 3});
  graph.output("h", tanh(matmul(x, w) + graph.input("bias", {3})) * 0.5);
  Draft draft = simplified(graph);
  fuse(draft);
  ASSERT_EQ(draft.groups.size(), 1U);
  EXPECT_EQ(draft.graph.node(draft.groups[0].nodes[0]).op, &matmul_op);
}

// exp and the division are of one shape and one reads the other, but the sum between them needs
// all of the one before the first element of the other.
TEST(Fuse, KeepsApartWhatIsConnectedThroughAnotherGroup) {
  Graph graph;
  const Value x = graph.input("x", {8, 4}), e = exp(x);
  graph.output("y", e / sum(e, {1}));
  Draft draft = simplified(graph);
  fuse(draft);
  EXPECT_EQ(draft.groups.size(), 3U);
  verify(draft);
}

// Is there a way from one node to the other that leaves `group` in between?
bool leaves_and_returns(const Draft& draft, const Group& group) {
  const auto inside = [&](NodeId id) {
    return std::ranges::find(group.nodes, id) != group.nodes.end();
  };
  std::vector<char> reaches(draft.graph.nodes().size(), 0);  // through a node outside
  for (NodeId id = 0; id < draft.graph.size(); ++id)
    for (const NodeId input : draft.graph.node(id).inputs) {
      const bool follows = reaches[static_cast<std::size_t>(input)] ||
                           (inside(input) && computes(draft.graph, group, input));
      if (!follows || draft.graph.node(id).op == &broadcast_op) continue;
      if (!inside(id)) reaches[static_cast<std::size_t>(id)] = 1;
      if (inside(id) && reaches[static_cast<std::size_t>(input)]) return true;
    }
  return false;
}

TEST(Fuse, MakesNoCircleInRandomGraphsAndLosesNoNode) {
  std::size_t joined = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Draft draft = simplified(random_graph(seed));
    const std::size_t alone = draft.groups.size();
    fuse(draft);
    verify(draft);
    joined += alone - draft.groups.size();
    for (const Group& group : draft.groups)
      EXPECT_FALSE(leaves_and_returns(draft, group)) << "seed " << seed;
    std::map<NodeId, int> computed;
    for (const Group& group : draft.groups)
      for (const NodeId id : group.nodes)
        if (computes(draft.graph, group, id)) ++computed[id];
    for (const auto& [id, times] : computed) EXPECT_EQ(times, 1) << "seed " << seed << " %" << id;
  }
  EXPECT_GT(joined, 1000U);
}

TEST(Fuse, PutsTheDerivativeBesideTheActivationHoweverFarApartTheyAre) {
  Graph graph;
  Value h = graph.input("x", {8, 4});
  std::vector<Value> weights;
  for (int layer = 0; layer < 700; ++layer) {
    weights.push_back(graph.variable(fmt::format("w{}", layer), {4, 4}));
    h = sigmoid(matmul(h, weights.back()));
  }
  const Value loss = mean_squared_error(h, graph.input("target", {8, 4}));
  const std::vector<Value> gradients = gradient(loss, weights);
  for (std::size_t i = 0; i < weights.size(); ++i)
    graph.update(weights[i], weights[i] - 0.1 * gradients[i]);
  Draft draft = simplified(graph);
  fold_transposes(draft);
  fuse(draft);
  verify(draft);
  // Three products per layer, two in the first, each with its chain; and the error.
  EXPECT_LE(draft.groups.size(), 3 * weights.size() + 2);
}

TEST(Schedule, PutsReadersOfAVariableBeforeTheGroupThatOverwritesIt) {
  Graph graph;
  const Value w = graph.variable("w", {4, 4}), x = graph.input("x", {4, 4});
  graph.update(w, w - 0.5 * x);  // comes first in the graph
  graph.output("y", matmul(x, reshape(reshape(w, {16}), {4, 4})));
  Draft draft = simplified(graph);
  fuse(draft);
  const NodeId writer = draft.graph.updates()[0].value;
  EXPECT_LT(group_of(draft, writer), group_of(draft, output(draft)));
  schedule(draft);
  verify(draft);
  EXPECT_GT(group_of(draft, writer), group_of(draft, output(draft)));
  place(draft);
  reuse(draft);
  EXPECT_TRUE(draft.copies.empty());
}

TEST(Schedule, DoesNotWaitForAReaderThatNeedsTheNextValue) {
  Graph graph;
  const Value w = graph.variable("w", {4, 4}), next = sum(w, {0}) * w;
  graph.update(w, next);
  graph.output("y", matmul(next, w));  // reads both
  Draft draft = simplified(graph);
  fuse(draft);
  schedule(draft);
  verify(draft);
  place(draft);
  reuse(draft);
  EXPECT_EQ(draft.copies.size(), 1U);
}

TEST(Generate, OnlyAllowsWhatTheRuntimeThenDoes) {
  Draft draft;
  EXPECT_FALSE(draft.generates_code);
  generate(draft);
  EXPECT_TRUE(draft.generates_code);
}

TEST(Pipeline, ChecksTheDraftAfterEveryPass) {
  Graph graph;
  const Value x = graph.input("x", {2});
  graph.output("y", tanh(exp(x)));
  Draft draft = lowered(graph);
  verify(draft);
  std::swap(draft.groups[0], draft.groups[1]);
  EXPECT_THROW(verify(draft), InternalError);
  std::swap(draft.groups[0], draft.groups[1]);
  draft.groups.pop_back();
  EXPECT_THROW(verify(draft), InternalError);
}

// No arithmetic changes with the groups, so no bit does.
TEST(Pipeline, PassesThatOnlyArrangeChangeNoBit) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Graph graph = random_graph(seed);
    const Feeds feeds = feeds_for(graph);
    const auto run = [&](std::set<std::string> skip) {
      skip.insert("generate");
      Session session;
      Program program(graph, session, {.skip = skip});
      for (const auto& [name, value] : feeds)
        if (session.has(name))
          session.set(name, value);
        else
          std::ranges::copy(value.values, program.input(name).begin());
      for (int i = 0; i < 2; ++i) program.run();
      std::vector<std::uint32_t> all;
      const auto append = [&](std::span<const float> values) {
        for (const float value : values) all.push_back(std::bit_cast<std::uint32_t>(value));
      };
      for (const Output& output : graph.outputs()) append(program.output(output.name));
      for (const std::string& name : session.variables()) append(session.values(name));
      return all;
    };
    const auto expected = run({});
    for (const char* pass : {"fuse", "recompute", "join_sums", "schedule", "reuse", "plan_memory"})
      EXPECT_EQ(run({pass}), expected) << "seed " << seed << " without " << pass;
  }
}

}  // namespace
}  // namespace chainrule
