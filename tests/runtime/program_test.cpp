#include "chainrule/program.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "chainrule/error.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "kernels/dispatch.h"
#include "runtime/allocation_count.h"

namespace chainrule {
namespace {

DoubleTensor draw(const Shape& shape, std::uint64_t seed, double scale = 1.0) {
  RandomStream stream(seed, 0);
  DoubleTensor tensor(shape);
  // Rounded to single precision, so that both evaluators start from the same numbers.
  for (double& value : tensor.values)
    value = static_cast<double>(static_cast<float>(scale * stream.normal()));
  return tensor;
}

// A training step with most of what a step has: two layers, a loss over classes, dropout, momentum.
struct TrainingStep {
  Graph graph;
  Feeds feeds;

  explicit TrainingStep(std::int64_t batch = 7, std::int64_t inputs = 5, std::int64_t hidden = 9,
                        std::int64_t classes = 3) {
    const Value x = graph.input("x", {batch, inputs}),
                target = graph.input("target", {batch, classes});
    const Value counter = graph.input("counter", {2}), rate = graph.input("rate", {});
    const Value w1 = graph.variable("w1", {hidden, inputs}), b1 = graph.variable("b1", {hidden});
    const Value w2 = graph.variable("w2", {classes, hidden}), b2 = graph.variable("b2", {classes});
    const Value h = dropout(gelu(matmul(x, transpose(w1)) + b1), counter, 0.25, 11, 0);
    const Value logits = matmul(h, transpose(w2)) + b2;
    const Value loss = cross_entropy(logits, target);
    const std::vector<Value> parameters{w1, b1, w2, b2};
    const std::vector<Value> gradients = gradient(loss, parameters);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const Value m = graph.variable(parameters[i].node().name + ".m", parameters[i].shape());
      const Value next = 0.9 * m + gradients[i];
      graph.update(m, next);
      graph.update(parameters[i], parameters[i] - rate * next);
    }
    graph.output("loss", loss);
    graph.output("probability", softmax(logits));
    feeds = {{"x", draw({batch, inputs}, 1)},     {"counter", {{2}, {3, 0}}},
             {"rate", DoubleTensor({}, {0.125})}, {"w1", draw({hidden, inputs}, 2, 0.5)},
             {"b1", draw({hidden}, 3, 0.1)},      {"w2", draw({classes, hidden}, 4, 0.5)},
             {"b2", draw({classes}, 5, 0.1)},     {"w1.m", draw({hidden, inputs}, 6, 0.1)},
             {"b1.m", draw({hidden}, 7, 0.1)},    {"w2.m", draw({classes, hidden}, 8, 0.1)},
             {"b2.m", draw({classes}, 9, 0.1)}};
    DoubleTensor one_hot({batch, classes});
    for (std::int64_t row = 0; row < batch; ++row)
      one_hot.values[static_cast<std::size_t>(row * classes + row % classes)] = 1;
    feeds["target"] = one_hot;
  }
};

void feed(const Graph& graph, const Feeds& feeds, Session& session, Program& program) {
  for (const Node& node : graph.nodes()) {
    const auto value = feeds.find(node.name);
    if (node.name.empty() || value == feeds.end()) continue;
    if (session.has(node.name))
      session.set(node.name, value->second);
    else
      std::ranges::copy(value->second.values, program.input(node.name).begin());
  }
}

// Everything that a run leaves behind, by name.
std::map<std::string, std::vector<float>> run(const TrainingStep& step, int threads,
                                              const CompileOptions& options = {}, int runs = 1) {
  Session session(threads);
  Program program(step.graph, session, options);
  feed(step.graph, step.feeds, session, program);
  for (int i = 0; i < runs; ++i) program.run();
  std::map<std::string, std::vector<float>> results;
  for (const Output& output : step.graph.outputs()) {
    const auto values = program.output(output.name);
    results["output " + output.name].assign(values.begin(), values.end());
  }
  for (const std::string& name : session.variables()) {
    const auto values = session.values(name);
    results[name].assign(values.begin(), values.end());
  }
  return results;
}

void expect_matches_reference(const TrainingStep& step,
                              const std::map<std::string, std::vector<float>>& results) {
  const auto values = evaluate(step.graph, step.feeds);
  const auto compare = [&](const std::string& name, NodeId id) {
    const DoubleTensor& expected = values[static_cast<std::size_t>(id)];
    const std::vector<float>& got = results.at(name);
    ASSERT_EQ(got.size(), expected.values.size()) << name;
    for (std::size_t i = 0; i < got.size(); ++i)
      EXPECT_NEAR(static_cast<double>(got[i]), expected.values[i],
                  2e-6 * (1 + std::abs(expected.values[i])))
          << name << "[" << i << "]";
  };
  for (const Output& output : step.graph.outputs()) compare("output " + output.name, output.node);
  for (const Update& update : step.graph.updates())
    compare(step.graph.node(update.variable).name, update.value);
}

TEST(Program, GivesWhatTheReferenceGives) {
  const TrainingStep step;
  expect_matches_reference(step, run(step, 1));
}

TEST(Program, SwitchingOffAnyPassKeepsTheAnswer) {
  const TrainingStep step;
  std::set<std::string> all;
  for (const std::string_view pass : compiler_passes()) {
    SCOPED_TRACE(pass);
    all.insert(std::string(pass));
    expect_matches_reference(step, run(step, 1, {.skip = {std::string(pass)}}));
  }
  expect_matches_reference(step, run(step, 1, {.skip = all}));
}

TEST(Program, EverySimdLevelGivesTheAnswer) {
  const TrainingStep step;
  for (const kernels::SimdLevel level : kernels::available_simd()) {
    SCOPED_TRACE(kernels::simd_name(level));
    kernels::limit_simd(level);
    expect_matches_reference(step, run(step, 1));
  }
}

TEST(Program, ThreadsDoNotChangeABit) {
  // Large enough that products, chains and reductions are shared out.
  const TrainingStep step(130, 300, 260, 10);
  const auto alone = run(step, 1, {}, 3);
  for (const int threads : {2, 3, 4}) EXPECT_EQ(run(step, threads, {}, 3), alone) << threads;
}

TEST(Program, GeneratedCodeGivesTheBitsOfTheKernels) {
  // Chains of many tiles, and of one.
  for (const TrainingStep& step : {TrainingStep(130, 300, 260, 10), TrainingStep()})
    EXPECT_EQ(run(step, 1, {}, 3), run(step, 1, {.skip = {"generate"}}, 3));
}

TEST(Program, RunningAllocatesNothing) {
  for (const int threads : {1, 2}) {
    const TrainingStep step(130, 300, 260, 10);
    Session session(threads);
    Program program(step.graph, session);
    feed(step.graph, step.feeds, session, program);
    program.run();
    const std::int64_t before = allocation_count();
    for (int i = 0; i < 3; ++i) program.run();
    EXPECT_EQ(allocation_count(), before);
  }
  const std::int64_t before = allocation_count();
  const auto one = std::make_unique<int>(3);
  EXPECT_GT(allocation_count(), before) << "the counter must be able to count";
}

TEST(Program, TimedRunsDoTheSameAndAddUpTheirTimes) {
  const TrainingStep step(130, 300, 260, 10);
  Session session;
  Program program(step.graph, session);
  feed(step.graph, step.feeds, session, program);
  std::vector<double> seconds(program.listing().size(), 1.0);
  program.run(seconds);
  EXPECT_TRUE(std::ranges::all_of(seconds, [](double each) { return each >= 1; }));
  EXPECT_TRUE(std::ranges::any_of(seconds, [](double each) { return each > 1; }));
  const std::span<const float> loss = program.output("loss");
  EXPECT_EQ(run(step, 1).at("output loss"), std::vector(loss.begin(), loss.end()));
  seconds.pop_back();
  EXPECT_THROW(program.run(seconds), UsageError);
}

TEST(Program, UpdatesSeeTheValuesFromBeforeTheStep) {
  Graph graph;
  const Value a = graph.variable("a", {3}), b = graph.variable("b", {3});
  graph.update(a, b);  // a swap
  graph.update(b, a);
  graph.output("old a", a);
  for (const auto& skip : {std::set<std::string>{}, std::set<std::string>{"reuse"}}) {
    Session session;
    Program program(graph, session, {.skip = skip});
    session.set("a", {{3}, {1, 2, 3}});
    session.set("b", {{3}, {4, 5, 6}});
    program.run();
    EXPECT_EQ(std::vector(session.values("a").begin(), session.values("a").end()),
              (std::vector<float>{4, 5, 6}));
    EXPECT_EQ(session.values("b")[0], 1);
    EXPECT_EQ(program.output("old a")[2], 3);
  }
}

// What changes nothing is left out, and then a result is a variable that the step overwrites.
TEST(Program, ResultsThatAreVariablesThemselvesHaveTheValuesFromBeforeTheStep) {
  Graph graph;
  const Value a = graph.variable("a", {3}), b = graph.variable("b", {3});
  graph.update(a, a + 1.0);
  graph.update(b, a * 1.0);
  graph.output("old a", a / 1.0);
  for (const auto& skip : {std::set<std::string>{}, std::set<std::string>{"generate"}}) {
    Session session;
    Program program(graph, session, {.skip = skip});
    session.set("a", {{3}, {1, 2, 3}});
    program.run();
    EXPECT_EQ(session.values("a")[0], 2);
    EXPECT_EQ(session.values("b")[0], 1);
    EXPECT_EQ(program.output("old a")[0], 1);
  }
}

// The product reads the broadcast from memory, the chain after it reads through it.
TEST(Program, ABroadcastIsReadByAProductAndByTheChainAfterIt) {
  Graph graph;
  const Value row = graph.input("row", {4}), x = graph.input("x", {4, 4});
  const Value repeated = broadcast(row, {4, 4});
  graph.output("y", tanh(matmul(x, transpose(repeated))) * repeated + x);
  graph.output("z", matmul(repeated, x));
  const Feeds feeds{{"row", draw({4}, 1)}, {"x", draw({4, 4}, 2)}};
  Session session;
  Program program(graph, session, {.skip = {"generate"}});
  feed(graph, feeds, session, program);
  program.run();
  const auto expected = evaluate(graph, feeds);
  for (const Output& output : graph.outputs())
    for (std::size_t i = 0; i < 16; ++i)
      EXPECT_NEAR(static_cast<double>(program.output(output.name)[i]),
                  expected[static_cast<std::size_t>(output.node)].values[i], 1e-5);
}

// Random graphs of elementwise work, broadcasts and reductions: what fusion could get wrong.
Graph random_graph(std::uint64_t seed, Feeds& feeds) {
  RandomStream stream(seed, 0);
  Graph graph;
  std::vector<Value> pool;
  for (const auto& [name, shape] : std::initializer_list<std::pair<const char*, Shape>>{
           {"x", {4, 6}}, {"row", {6}}, {"column", {4, 1}}, {"scalar", {}}, {"y", {4, 6}}}) {
    pool.push_back(name == std::string("y") ? graph.variable(name, shape)
                                            : graph.input(name, shape));
    feeds[name] = draw(shape, seed * 7 + pool.size());
  }
  const auto pick = [&] { return pool[static_cast<std::size_t>(stream.below(pool.size()))]; };
  for (int i = 0; i < 25; ++i) {
    const Value a = pick(), b = pick();
    switch (stream.below(8)) {
      case 0:
        pool.push_back(a + b);
        break;
      case 1:
        pool.push_back(a * tanh(b));
        break;
      case 2:
        pool.push_back(tanh(a - b));
        break;
      case 3:
        pool.push_back(tanh(sum(a, a.shape().rank() == 2 ? std::vector<std::int64_t>{1}
                                                         : std::vector<std::int64_t>{})));
        break;
      case 4:
        pool.push_back(maximum(a, b));
        break;
      case 5:
        if (a.shape() == Shape{4, 6} && b.shape() == Shape{4, 6})
          pool.push_back(tanh(matmul(matmul(a, transpose(b)), b)));
        break;
      case 6:
        pool.push_back(sigmoid(a) / (1.5 + tanh(b)));
        break;
      default:
        pool.push_back(select(greater(a, b), a, b));
        break;
    }
  }
  for (int i = 0; i < 4; ++i) graph.output(fmt::format("out{}", i), pick());
  for (std::size_t i = pool.size(); i-- > 0;)
    if (pool[i].shape() == Shape{4, 6}) {
      graph.update(pool[4], pool[i]);
      break;
    }
  return graph;
}

TEST(Program, RandomGraphsAgreeWithTheReferenceUnderEveryPass) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    Feeds feeds;
    const Graph graph = random_graph(seed, feeds);
    const auto expected = evaluate(graph, feeds);
    std::vector<std::set<std::string>> skips{{}};
    for (const std::string_view pass : compiler_passes()) skips.push_back({std::string(pass)});
    for (const auto& skip : skips) {
      SCOPED_TRACE(
          fmt::format("seed {} without {}", seed, skip.empty() ? "nothing" : *skip.begin()));
      Session session;
      Program program(graph, session, {.skip = skip});
      feed(graph, feeds, session, program);
      program.run();
      const auto compare = [&](std::span<const float> got, NodeId id) {
        for (std::size_t i = 0; i < got.size(); ++i) {
          const double want = expected[static_cast<std::size_t>(id)].values[i];
          ASSERT_NEAR(static_cast<double>(got[i]), want, 3e-5 * (1 + std::abs(want)));
        }
      };
      for (const Output& output : graph.outputs())
        compare(program.output(output.name), output.node);
      for (const Update& update : graph.updates()) compare(session.values("y"), update.value);
    }
  }
}

TEST(Program, SaysWhichNameItDoesNotKnow) {
  Graph graph;
  graph.output("loss", graph.input("x", {2}) * 2.0);
  Session session;
  Program program(graph, session);
  EXPECT_THROW(program.input("y"), UsageError);
  EXPECT_THROW(program.output("los"), UsageError);
  EXPECT_THROW(session.values("w"), UsageError);
  EXPECT_THROW(Program(graph, session, {.skip = {"lower"}}), UsageError);
  EXPECT_THROW(Program(graph, session, {.skip = {"lowe"}}), UsageError);
}

TEST(Program, ASmallStepIsOneCallThatGivesWhatTheReferenceGives) {
  TrainingStep step;
  step.graph = Graph();
  Graph& graph = step.graph;
  const Value x = graph.input("x", {2, 2}), target = graph.input("target", {2, 2});
  const Value w1 = graph.variable("w1", {3, 2}), b1 = graph.variable("b1", {3});
  const Value w2 = graph.variable("w2", {2, 3});
  const Value h = tanh(matmul(x, transpose(w1)) + b1);
  const Value loss = cross_entropy(matmul(h, transpose(w2)), target);
  const std::vector<Value> parameters{w1, b1, w2};
  const std::vector<Value> gradients = gradient(loss, parameters);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    graph.update(parameters[i], parameters[i] - 0.5 * gradients[i]);
  graph.output("loss", loss);
  graph.output("h", h);
  step.feeds = {{"x", draw({2, 2}, 1)},
                {"target", {{2, 2}, {0, 1, 1, 0}}},
                {"w1", draw({3, 2}, 2)},
                {"b1", draw({3}, 3)},
                {"w2", draw({2, 3}, 4)}};
  Session session;
  const Program program(graph, session);
  if (kernels::simd_level() != kernels::SimdLevel::baseline) {
    EXPECT_EQ(program.listing().size(), 1U);
  }
  expect_matches_reference(step, run(step, 1));
}

TEST(Program, APlainStepUpdatesInPlaceAndFusesTheActivation) {
  Graph graph;
  const Value x = graph.input("x", {8, 4}), w = graph.variable("w", {3, 4});
  const Value loss = mean_squared_error(sigmoid(matmul(x, transpose(w))), graph.input("t", {8, 3}));
  graph.update(w, w - 0.1 * gradient(loss, {{w}})[0]);
  Session session;
  const Program program(graph, session, {.skip = {"generate"}});
  // forward with sigmoid and the error's derivative; gradient with the update
  EXPECT_EQ(program.listing().size(), 2U) << fmt::format("{}", fmt::join(program.listing(), "\n"));
}

}  // namespace
}  // namespace chainrule
