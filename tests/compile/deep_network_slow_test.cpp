// A network of four thousand layers. A pass that walks the graph once per node takes minutes here.
#include <cmath>

#include <gtest/gtest.h>

#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/train.h"
#include "compile/memory_check.h"
#include "compile/passes.h"

namespace chainrule {
namespace {

constexpr std::int64_t layers = 4'000, width = 4, batch = 2;

nn::Sequential deep(const nn::Activation& activation) {
  nn::Sequential network;
  for (std::int64_t i = 0; i < layers; ++i)
    network.layers.emplace_back(nn::Dense{.units = width, .activation = activation});
  return network;
}

void expect_trains(const nn::Sequential& network, const Optimizer& optimizer, double clip_norm) {
  const TracedGraph traced = training_graph(network, loss_named("mean_squared_error"), optimizer,
                                            batch, width, width, {.seed = 1}, clip_norm);
  EXPECT_GT(traced.graph.size(), 10 * layers);
  Session session;
  Program program(traced.graph, session);
  for (const auto& [name, value] : traced.initial) session.set(name, value);
  program.input("learning_rate")[0] = 0.001F;
  program.input("step")[0] = 1;
  std::ranges::fill(program.input("x"), 0.5F);
  program.run();
  EXPECT_TRUE(std::isfinite(program.output("loss")[0]));
}

TEST(DeepNetworkSlow, OfThousandsOfLayersTrains) {
  expect_trains(deep(nn::tanh), Adam{}, 1.0);  // kernels' own derivatives
  expect_trains(deep(nn::gelu), SGD{}, 0);     // a composition, opened in every layer
}

TEST(DeepNetworkSlow, HasItsNumbersWhereTheyAreRead) {
  const Graph graph = training_graph(deep(nn::sigmoid), loss_named("mean_squared_error"), Adam{},
                                     batch, width, width, {}, 0)
                          .graph;
  EXPECT_EQ(memory_fault(compile(graph)), "");
}

// One chain from beginning to end, which becomes one group.
TEST(DeepNetworkSlow, OfElementwiseLayersIsOneGroup) {
  Graph graph;
  Value h = graph.input("x", {8, 4});
  for (int i = 0; i < 8'000; ++i) h = i % 2 == 0 ? tanh(h) : h * 0.5 + h;
  graph.output("y", h);
  const Draft draft = compile(graph);
  EXPECT_EQ(draft.groups.size(), 1U);
}

}  // namespace
}  // namespace chainrule
