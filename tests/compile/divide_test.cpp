// Updates that several programs make together.
#include "compile/divide.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/share.h"
#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "train/loop/training_step.h"

namespace chainrule {
namespace {

const nn::Sequential wide{nn::Dense{90, nn::tanh}, nn::Dense{70}, nn::Dense{2}};

bool is_divided(const Graph& graph) { return can_divide_updates(compile(graph)); }

TEST(DividedUpdates, AreThoseOfEveryOptimizer) {
  const Model model(wide, loss_named("cross_entropy"), 5, {.seed = 4});
  for (const std::string_view name : {"sgd", "adam", "adamw", "rmsprop", "adagrad"})
    for (const double clip_norm : {0.0, 0.5})
      for (const double average : {0.0, 0.9})
        EXPECT_TRUE(is_divided(update_graph(model, optimizer_named(name),
                                            {.clip_norm = clip_norm, .weight_average = average})))
            << name << " " << clip_norm << " " << average;
}

// A product, a sum, or an element elsewhere needs what others change.
TEST(DividedUpdates, NeedNoElementButTheirOwn) {
  const auto is_divided_with = [](auto next) {
    Graph graph;
    const Value w = graph.variable("w", {40, 40}), g = graph.input("g", {40, 40});
    graph.update(w, next(w, g));
    return is_divided(graph);
  };
  EXPECT_TRUE(is_divided_with([](Value w, Value g) { return w - 0.5 * g; }));
  EXPECT_TRUE(is_divided_with([](Value w, Value g) { return w - g * sum(g * g); }));
  EXPECT_FALSE(is_divided_with([](Value w, Value g) { return w - g * sum(w * w); }));
  EXPECT_FALSE(is_divided_with([](Value w, Value g) { return transpose(w) - g; }));
  EXPECT_FALSE(is_divided_with([](Value w, Value g) { return matmul(g, g) - w; }));
}

// Three programs, each its share, on the same variables: one program's bits.
TEST(DividedUpdates, MakeOneUpdateTogether) {
  const Model model(wide, loss_named("cross_entropy"), 5, {.seed = 4});
  const Graph graph = update_graph(model, AdamW{}, {.clip_norm = 0.5, .weight_average = 0.9});
  const auto fill = [](std::span<float> numbers, std::uint64_t seed) {
    RandomStream random(seed, 0);
    for (float& number : numbers) number = static_cast<float>(random.normal());
  };
  const auto feed = [&](Program& program) {
    program.input("learning_rate")[0] = 0.1F;
    program.input("step")[0] = 3;
    for (const auto& parameter : model.parameters())
      fill(program.input(sum_input(parameter.name)), parameter.name.size());
  };
  Session whole(1), divided(1);
  Program alone(graph, whole);
  std::map<std::string, std::vector<float>> memory;
  GivenMemory variables;
  std::uint64_t seed = 100;
  for (const std::string& name : whole.variables()) {
    fill(whole.values(name), ++seed);
    for (float& number : whole.values(name)) number *= number;  // Adam's v is a square
    memory[name].assign(whole.values(name).begin(), whole.values(name).end());
    variables[name] = memory[name];
  }
  feed(alone);
  alone.run();
  for (const int share : {1, 0, 2}) {
    Program program(graph, divided, {.variables = variables, .share = share, .shares = 3});
    feed(program);
    program.run();
    for (const auto& [name, values] : memory) {
      const bool is_whole = std::ranges::equal(values, whole.values(name));
      EXPECT_TRUE(is_whole || share != 2) << name;
      if (name == "dense1.weight") {
        EXPECT_EQ(is_whole, share == 2) << "each makes its share alone";
      }
    }
  }
}

TEST(DividedUpdates, AreRefusedWhereTheyCannotBeDivided) {
  Graph graph;
  const Value w = graph.variable("w", {40, 40});
  graph.update(w, matmul(w, w));
  Session session(1);
  EXPECT_THROW(Program(graph, session, {.shares = 2}), UsageError);
}

}  // namespace
}  // namespace chainrule
