// Graphs of everything that passes treat differently: chains, broadcasts, products, reductions,
// transposes, reshapes, constants, composites, updates.
#pragma once

#include <fmt/format.h>

#include "base/random.h"
#include "chainrule/ops.h"

namespace chainrule {

inline Graph random_graph(std::uint64_t seed, int operations = 30, bool updates = true) {
  RandomStream random(seed, 77);
  Graph graph;
  std::vector<Value> pool{graph.input("x", {4, 4}), graph.input("row", {4}),
                          graph.input("column", {4, 1}), graph.input("scalar", {})};
  std::vector<Value> variables;
  for (int i = 0; i < 3; ++i) {
    variables.push_back(graph.variable(fmt::format("w{}", i), {4, 4}));
    pool.push_back(variables.back());
  }
  const auto pick = [&] { return pool[random.below(pool.size())]; };
  const auto pick_square = [&] { return broadcast(pick(), {4, 4}); };
  for (int i = 0; i < operations; ++i) {
    switch (random.below(10)) {
      case 0:
        pool.push_back(tanh(matmul(pick_square(), transpose(pick_square()))));
        break;
      case 1:
        pool.push_back(sum(pick_square(), {static_cast<std::int64_t>(random.below(2))}));
        break;
      case 2:
        pool.push_back(max(pick_square(), {1}));
        break;
      case 3:
        pool.push_back(softmax(pick_square()));
        break;
      case 4:
        pool.push_back(reshape(reshape(pick_square(), {16}), {4, 4}));
        break;
      case 5:
        pool.push_back(transpose(pick_square()));
        break;
      case 6:
        pool.push_back(pick() * 0.5 + 1.0 * pick());
        break;
      case 7:
        pool.push_back(gelu(pick()) - pick());
        break;
      default:
        pool.push_back(pick() * pick());
    }
  }
  for (int i = 0; i < 3; ++i) graph.output(fmt::format("out{}", i), pick());
  for (const Value variable : variables)
    if (updates && random.below(4) > 0) graph.update(variable, pick_square());
  return graph;
}

}  // namespace chainrule
