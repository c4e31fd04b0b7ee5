// What kernel calls say of themselves, counted again by hand from the sizes of the layers.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/train.h"

namespace chainrule {
namespace {

struct Example {
  nn::Sequential network{};
  std::vector<std::int64_t> widths{};  // inputs, then units per dense layer
  Loss loss{};
  Optimizer optimizer{};
  std::int64_t batch = 1;
  double clip_norm = 0;

  Graph graph() const {
    return training_graph(network, loss, optimizer, batch, widths.front(), widths.back(), {},
                          clip_norm)
        .graph;
  }
  std::int64_t parameters() const {
    std::int64_t sum = 0;
    for (std::size_t l = 1; l < widths.size(); ++l) sum += (widths[l - 1] + 1) * widths[l];
    return sum;
  }
  double product(std::size_t layer) const {
    return 2.0 * static_cast<double>(batch * widths[layer - 1] * widths[layer]);
  }
};

// All activations and losses by turns, with dropout, softmax within, clipping and every optimizer.
Example random_example(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t count) { return random() % count; };
  const std::vector<nn::Activation> activations = nn::activations();
  const std::vector<std::string_view> losses = loss_names(), optimizers = optimizer_names();
  Example example{.widths = {static_cast<std::int64_t>(2 + pick(20))},
                  .loss = loss_named(losses[seed % losses.size()]),
                  .optimizer = optimizer_named(optimizers[seed % optimizers.size()]),
                  .batch = static_cast<std::int64_t>(2 + pick(60)),
                  .clip_norm = seed % 3 == 0 ? 1.0 : 0.0};
  const std::size_t hidden = pick(4);
  for (std::size_t l = 0; l < hidden; ++l) {
    example.widths.push_back(static_cast<std::int64_t>(2 + pick(40)));
    example.network.layers.emplace_back(
        nn::Dense{.units = example.widths.back(), .activation = activations[seed % 10]});
    if (pick(2) == 0) example.network.layers.emplace_back(nn::Dropout{.rate = 0.25});
    if (pick(3) == 0) example.network.layers.emplace_back(activations[pick(10)]);
  }
  example.widths.push_back(static_cast<std::int64_t>(2 + pick(8)));
  example.network.layers.emplace_back(nn::Dense{.units = example.widths.back()});
  return example;
}

std::vector<KernelCall> calls_of(const Example& example, const CompileOptions& options = {}) {
  Session session;
  const Program program(example.graph(), session, options);
  return {program.calls().begin(), program.calls().end()};
}

double sum(const std::vector<KernelCall>& calls, double KernelCall::*what) {
  double total = 0;
  for (const KernelCall& call : calls) total += call.*what;
  return total;
}

TEST(KernelCalls, EachBelongsToALayerOfTheNetwork) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const Example example = random_example(seed);
    std::set<std::string> layers{"loss", "optimizer", "clipping"};
    for (std::size_t i = 1; i <= example.network.layers.size(); ++i)
      for (const char* kind : {"dense", "dropout", "activation"})
        layers.insert(kind + std::to_string(i));
    for (const KernelCall& call : calls_of(example)) {
      if (call.is_whole_program) continue;
      EXPECT_TRUE(layers.contains(call.origin.layer))
          << seed << ": " << call.origin.layer << ": " << call.what;
      EXPECT_GE(call.flops, call.product_flops);
      EXPECT_GT(call.bytes, 0) << call.what;
      EXPECT_EQ(call.updates, call.update_bytes > 0) << call.what;
    }
  }
}

// Forward, weight gradient and, but for the first layer, input gradient: a product each.
TEST(KernelCalls, EveryProductIsWhereTheTextbookHasIt) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const Example example = random_example(seed);
    std::map<std::pair<std::string, Phase>, double> expected, found;
    for (std::size_t l = 1; l < example.widths.size(); ++l)
      for (const Phase phase : {Phase::forward, Phase::input_gradient, Phase::weight_gradient})
        if (l > 1 || phase != Phase::input_gradient)
          expected[{"dense" + std::to_string(l), phase}] = example.product(l);
    // Without machine code no step is a single call.
    for (const KernelCall& call : calls_of(example, {.skip = {"generate"}}))
      if (call.product_flops > 0)
        found[{call.origin.layer, call.origin.phase}] += call.product_flops;
    EXPECT_EQ(found, expected) << seed;
  }
}

TEST(KernelCalls, TheSumsAreThoseCountedByHandWhateverTheCompilerDoes) {
  std::vector<std::set<std::string>> skips{{}};
  for (const std::string_view pass : compiler_passes()) skips.push_back({std::string(pass)});
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    Example example = random_example(seed);
    double products = 0;
    for (std::size_t l = 1; l < example.widths.size(); ++l)
      products += (l > 1 ? 3 : 2) * example.product(l);
    for (const auto& [optimizer, bytes] : std::initializer_list<std::pair<Optimizer, std::int64_t>>{
             {SGD{}, 12}, {SGD{.momentum = 0.9}, 20}, {Adam{}, 28}}) {
      example.optimizer = optimizer;
      for (const std::set<std::string>& skip : skips) {
        const std::vector<KernelCall> calls = calls_of(example, {.skip = skip});
        EXPECT_EQ(sum(calls, &KernelCall::product_flops), products) << seed;
        EXPECT_EQ(sum(calls, &KernelCall::update_bytes),
                  static_cast<double>(bytes * example.parameters()))
            << seed << " " << name_of(optimizer);
      }
    }
  }
}

TEST(KernelCalls, StraightLineCodeSaysSoAndSumsUpWhatItsCallsWere) {
  const Example small{.network = {nn::Dense{2, nn::sigmoid}, nn::Dense{2, nn::sigmoid}},
                      .widths = {2, 2, 2},
                      .loss = loss_named("half_squared_error"),
                      .optimizer = SGD{}};
  const std::vector<KernelCall> each = calls_of(small, {.skip = {"generate"}}),
                                whole = calls_of(small);
  EXPECT_GT(each.size(), 1U);
  for (const auto what :
       {&KernelCall::product_flops, &KernelCall::flops, &KernelCall::update_bytes})
    EXPECT_EQ(sum(whole, what), sum(each, what));
  if (whole.size() > 1) GTEST_SKIP() << "this machine has no generated code";
  EXPECT_TRUE(whole[0].is_whole_program);
  EXPECT_TRUE(whole[0].updates);
}

TEST(KernelCalls, OperandsAndResultHaveTheShapesOfTheProduct) {
  const Example example{.network = {nn::Dense{300}},
                        .widths = {70, 300},
                        .loss = loss_named("mean_squared_error"),
                        .optimizer = SGD{},
                        .batch = 50};
  const KernelCall forward = calls_of(example).front();
  EXPECT_EQ(forward.origin, (Origin{.layer = "dense1", .phase = Phase::forward}));
  EXPECT_EQ(forward.operands, (std::vector<Shape>{{50, 70}, {300, 70}}));
  EXPECT_EQ(forward.shape, (Shape{50, 300}));
  // x, the weights, the bias, and z or what the loss makes of it.
  EXPECT_GE(forward.bytes, 4 * (50 * 70 + 300 * 70 + 300 + 50 * 300));
}

TEST(KernelCalls, EndInTheirOrderAndChangeNothing) {
  using Clock = std::chrono::steady_clock;
  const Graph graph = random_example(7).graph();
  Session plain, timed;
  Program one(graph, plain), other(graph, timed);
  for (Program* program : {&one, &other}) {
    std::ranges::fill(program->input("x"), 0.5F);
    program->input("learning_rate")[0] = 0.1F;
    program->input("step")[0] = 1;
  }
  const Clock::time_point begin = Clock::now();
  std::vector<Clock::time_point> ends(other.calls().size());
  one.run();
  other.run(ends);
  EXPECT_GE(ends.front(), begin);
  EXPECT_TRUE(std::ranges::is_sorted(ends));
  for (const std::string& name : plain.variables())
    EXPECT_TRUE(std::ranges::equal(plain.values(name), timed.values(name))) << name;
  ends.pop_back();
  EXPECT_THROW(other.run(ends), UsageError);
}

}  // namespace
}  // namespace chainrule
