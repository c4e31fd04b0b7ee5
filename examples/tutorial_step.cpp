// One training step of the tutorial's 2-2-2 network, compiled, and the same by hand-written graph.
#include <cstdio>

#include "chainrule/chainrule.h"

using namespace chainrule;

int main() {
  Graph graph;
  const Value x = graph.input("x", {1, 2}), target = graph.input("target", {1, 2});
  const Value w1 = graph.variable("hidden.weight", {2, 2});
  const Value w2 = graph.variable("output.weight", {2, 2});
  const Value h = graph.name(sigmoid(matmul(x, transpose(w1))), "h");
  const Value o = graph.name(sigmoid(matmul(h, transpose(w2))), "o");
  const Value loss = half_squared_error(o, target);

  // The gradient is a graph like any other: more nodes, nothing computed yet.
  const std::vector<Value> slopes = gradient(loss, {{w1, w2}});
  constexpr double learning_rate = 0.5;
  graph.update(w1, w1 - learning_rate * slopes[0]);
  graph.update(w2, w2 - learning_rate * slopes[1]);
  graph.output("loss", loss);

  Session session;
  Program step(graph, session);
  session.set("hidden.weight", {{2, 2}, {0.3, 0.25, 0.4, 0.35}});
  session.set("output.weight", {{2, 2}, {0.45, 0.4, 0.7, 0.6}});
  std::ranges::copy(std::vector{0.1F, 0.2F}, step.input("x").begin());
  std::ranges::copy(std::vector{0.4F, 0.6F}, step.input("target").begin());

  step.run();
  std::printf("error before the update: %.6f\n", static_cast<double>(step.output("loss")[0]));
  std::printf("W5 after the update:     %.6f\n",
              static_cast<double>(session.values("output.weight")[0]));
  step.run();
  std::printf("error after the update:  %.6f\n", static_cast<double>(step.output("loss")[0]));
  std::printf("\nthe step as kernel calls:\n");
  for (const std::string& call : step.listing()) std::printf("  %s\n", call.c_str());
}
