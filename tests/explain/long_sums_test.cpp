// Sums of any length: a large layer's norm, the loss of all rows at once. They are told on a stack
// that holds no recursion along a sum, and have the value of a loop that knows nothing of formulas.
#include <pthread.h>

#include <cmath>
#include <functional>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "explain/formula/formula.h"
#include "explain/formula/shorten.h"
#include "explain/story/run_story.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHAINRULE_LARGE_FRAMES
#endif
#endif
#ifdef CHAINRULE_LARGE_FRAMES
constexpr std::size_t small_stack = 1 << 20;
#else
constexpr std::size_t small_stack = 1 << 18;
#endif

// A step for each term of a sum would need some 100 bytes of stack for each.
void on_a_small_stack(std::function<void()> action) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, small_stack), 0);
  pthread_t id{};
  const auto run = [](void* it) -> void* {
    (*static_cast<std::function<void()>*>(it))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&id, &attributes, run, &action), 0);
  pthread_join(id, nullptr);
  pthread_attr_destroy(&attributes);
}

Expression named(std::int64_t i) {
  return Expression(Quantity{fmt::format("q{}", i), 1.0 / static_cast<double>(1 + i % 97)});
}

// q0 q1 - q1 q2 + q2 q3 - ..., which cancels nothing.
constexpr std::int64_t many = 300'000;

Expression long_sum() {
  Expression sum = -0.0;  // which changes no term
  for (std::int64_t i = 0; i < many; ++i) {
    const Expression term = named(i) * named(i + 1);
    sum += i % 2 == 0 ? term : Expression(negate_op, {term});
  }
  return sum;
}

long double sum_by_a_loop() {
  long double sum = 0;
  for (std::int64_t i = 0; i < many; ++i) {
    const long double term = 1.0L / static_cast<long double>((1 + i % 97) * (1 + (i + 1) % 97));
    sum += i % 2 == 0 ? term : -term;
  }
  return sum;
}

TEST(LongSums, AreMadeTidiedShortenedWrittenAndTakenDownWithoutRecursion) {
  on_a_small_stack([] {
    const auto expected = static_cast<double>(sum_by_a_loop());
    const Expression sum = long_sum();
    EXPECT_EQ(sum.operands().size(), static_cast<std::size_t>(many));
    EXPECT_NEAR(evaluate(sum), expected, 1e-10);
    EXPECT_EQ(terms_of(sum).size(), static_cast<std::size_t>(many));
    const Expression short_form = tidy(sum);
    EXPECT_NEAR(evaluate(short_form), expected, 1e-10);
    const Expression shown = shortened(short_form, 2);
    EXPECT_NEAR(evaluate(shown), expected, 1e-10);
    const Pen pen{.quantity = [](const Quantity& quantity) { return Piece{quantity.symbol}; }};
    EXPECT_EQ(write(shown, pen), fmt::format("q0 × q1 - q97 × q98 + others {}", many - 2));
    EXPECT_GT(write(short_form, pen).size(), static_cast<std::size_t>(many));
    std::int64_t seen = 0;
    for_each_quantity(sum, [&](const Quantity&) { ++seen; });
    EXPECT_EQ(seen, 2 * many);
    EXPECT_EQ(replaced(sum, named(1), named(7)).operands().size(), static_cast<std::size_t>(many));
    EXPECT_TRUE(sum == long_sum());
  });
}

TEST(LongSums, AreNotChangedThroughACopy) {
  Expression sum = named(0) + named(1);
  const Expression copy = sum;
  sum += named(2);
  EXPECT_EQ(copy.operands().size(), 2U);
  EXPECT_EQ(sum.operands().size(), 3U);
  sum += sum;
  EXPECT_EQ(evaluate(sum), 2 * evaluate(copy + named(2)));
}

TEST(LongSums, OfMaximaAreOneMaximum) {
  Expression largest = named(5);
  for (std::int64_t i = 0; i < 1000; ++i) largest = larger(std::move(largest), named(i + 6));
  EXPECT_EQ(largest.operands().size(), 1001U);
  EXPECT_EQ(evaluate(largest), 1.0);
}

// ---- In a step ----------------------------------------------------------------------------------

StepState large_state(const nn::Sequential& network, std::int64_t batch, std::int64_t inputs,
                      std::int64_t outputs, double clip_norm) {
  StepState state{.network = network,
                  .loss = loss_named("cross_entropy"),
                  .optimizer = SGD{.learning_rate = 0.1},
                  .options = {.clip_norm = clip_norm}};
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(0, 0.1);
  Graph graph;
  trace_training(
      graph,
      {state.network, state.loss, state.optimizer, batch, {inputs}, outputs, 0, state.options});
  for (const Node& node : graph.nodes()) {
    if (!node.inputs.empty() || node.name.empty()) continue;
    DoubleTensor values(node.shape);
    for (double& value : values.values)
      value = static_cast<double>(static_cast<float>(normal(random)));
    state.feeds[node.name] = values;
  }
  DoubleTensor& target = state.feeds["target"];
  std::ranges::fill(target.values, 0.0);
  for (std::int64_t row = 0; row < batch; ++row)
    target.values[static_cast<std::size_t>(row * outputs + row % outputs)] = 1;
  state.feeds["learning_rate"] = {{}, {static_cast<double>(0.1F)}};
  state.feeds["step"] = {{}, {1}};
  return state;
}

const StepNotes& notes() {
  static const StepNotes notes{
      .step = 1, .steps = 1, .epoch = 1, .optimizer = "sgd", .loss = "cross_entropy"};
  return notes;
}

// The value that the story tells of the quantity, from the terms that it shows and the others.
double told(RunStep& step, const std::string& quantity, const std::string& symbol) {
  double value = std::nan("");
  on_a_small_stack([&] {
    const Page page = build_story(step, parse_quantity(step, quantity, 0), notes(), {}, {});
    EXPECT_TRUE(page.verdict.passed) << write_text(page, {});
    for (const Section& section : page.sections)
      for (const Block& block : section.blocks)
        if (const auto* group = std::get_if<Group>(&block))
          for (const Line& line : *group)
            if (line.quantity.symbol == symbol && line.formula) value = evaluate(*line.formula);
  });
  return value;
}

TEST(LongSums, SlowNormOfALargeLayersGradientIsToldToItsLastTerm) {
  RunStep step(large_state(
      {nn::Dense{.units = 2000, .activation = nn::tanh}, nn::Dense{.units = 2}}, 2, 500, 2, 0.01));
  long double norm = 0;
  for (const char* name : {"dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"}) {
    const Value gradient = step.gradient_of(step.find(name).value());
    for (const double slope : step.elements().values(gradient.id()).values)
      norm += static_cast<long double>(slope) * static_cast<long double>(slope);
  }
  const auto expected = static_cast<double>(norm);
  EXPECT_NEAR(told(step, "gradient.norm_squared", "gradient.norm_squared"), expected,
              1e-10 * expected);
}

class FullBatch : public ::testing::Test {
 protected:
  static constexpr std::int64_t rows = 100'000, outputs = 3;
  RunStep step_{
      large_state({nn::Dense{.units = 4, .activation = nn::tanh}, nn::Dense{.units = outputs}},
                  rows, 5, outputs, 0)};
};

TEST_F(FullBatch, SlowLossIsThatOfALoopOverTheRows) {
  const DoubleTensor& z = step_.elements().values(step_.find("dense2.z").value().id());
  long double loss = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    long double sum = 0;
    for (std::int64_t k = 0; k < outputs; ++k)
      sum +=
          std::exp(static_cast<long double>(z.values[static_cast<std::size_t>(row * outputs + k)]));
    loss += std::log(sum) - static_cast<long double>(
                                z.values[static_cast<std::size_t>(row * outputs + row % outputs)]);
  }
  const auto expected = static_cast<double>(loss / rows);
  EXPECT_NEAR(told(step_, "loss", "E"), expected, 1e-10 * expected);
}

TEST_F(FullBatch, SlowGradientIsThatOfALoopOverTheRows) {
  const Value z = step_.find("dense1.z").value();
  const DoubleTensor& slopes = step_.elements().values(step_.gradient_of(z).id());
  const DoubleTensor& x = step_.elements().values(step_.traced().x.id());
  long double sum = 0;
  for (std::int64_t row = 0; row < rows; ++row)
    sum += static_cast<long double>(slopes.values[static_cast<std::size_t>(row * 4 + 2)]) *
           static_cast<long double>(x.values[static_cast<std::size_t>(row * 5 + 3)]);
  const auto expected = static_cast<double>(sum);
  EXPECT_NEAR(told(step_, "dense1.weight[2,3].gradient", "dE/ddense1.weight[2,3]"), expected,
              1e-9 * std::abs(expected));
}

}  // namespace
}  // namespace chainrule::page
