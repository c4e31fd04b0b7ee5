// The first number of a run that is not finite: found where a slow walk finds it, told with what it
// was made of, in networks that overflow in different ways.
#include <cmath>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "chainrule/ops.h"
#include "data/temporary_folder.h"
#include "explain/formula/formula.h"
#include "explain/step/first_failure.h"
#include "ops/op_list.h"
#include "runtime/reference.h"

namespace chainrule::page {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// ---- In a formula -------------------------------------------------------------------------------

Expression named(const char* symbol, double value) { return Expression(Quantity{symbol, value}); }

const Op* op_of_first_overflow(const Expression& formula) {
  const auto part = first_overflow(formula);
  return part ? part->op() : nullptr;
}

TEST(FirstOverflow, IsTheInnermostOperationThatLeftSinglePrecision) {
  const Expression x = named("x", 100), big = named("b", 1e30), zero = named("o", 0);
  const Expression e_to_x(exp_op, {x});
  EXPECT_EQ(op_of_first_overflow(Expression(log_op, {1.0 + e_to_x})), &exp_op);
  EXPECT_EQ(op_of_first_overflow(Expression(negate_op, {Expression(log_op, {zero})})), &log_op);
  EXPECT_EQ(op_of_first_overflow(1.0 + big * big), &multiply_op);
  EXPECT_EQ(op_of_first_overflow(Expression(divide_op, {x, zero})), &divide_op);
  EXPECT_EQ(op_of_first_overflow(Expression(power_op, {big, Expression(2.0)})), &power_op);
  const Expression most = named("m", 3e38);
  EXPECT_EQ(op_of_first_overflow(most + most), &add_op);
}

TEST(FirstOverflow, IsNoneWhereSinglePrecisionIsEnough) {
  EXPECT_FALSE(first_overflow(Expression(exp_op, {named("x", 88)})));
  EXPECT_FALSE(first_overflow(named("b", 1e30) * named("s", 1e8)));
}

// ---- In a step ----------------------------------------------------------------------------------

// A step of a network whose weights and inputs are random numbers of these sizes.
StepState step_state(std::uint64_t seed, double weights, double inputs) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, 1);
  StepState state;
  state.network = {nn::Dense{.units = 5, .activation = seed % 2 == 0 ? nn::relu : nn::silu},
                   nn::Dense{.units = 4, .activation = seed % 3 == 0 ? nn::identity : nn::relu},
                   nn::Dense{.units = 2}};
  state.loss = loss_named(seed % 5 == 0 ? "cross_entropy" : "mean_squared_error");
  state.optimizer = optimizer_named(seed % 4 == 0 ? "adam" : "sgd");
  state.seed = seed;
  Graph graph;
  trace_training(graph, {state.network, state.loss, state.optimizer, 6, {3}, 2, seed});
  for (const Node& node : graph.nodes()) {
    if (!node.inputs.empty() || node.name.empty()) continue;
    const bool is_state = node.name.ends_with(".m") || node.name.ends_with(".v");
    const double size = is_state ? 0 : node.name == "x" ? inputs : weights;
    DoubleTensor values(node.shape);
    for (double& value : values.values)
      value = static_cast<double>(static_cast<float>(size * normal(random)));
    state.feeds[node.name] = values;
  }
  for (std::size_t i = 0; i < 12; ++i) state.feeds["target"].values[i] = i % 2 == seed % 2 ? 1 : 0;
  state.feeds["learning_rate"] = {{}, {0.5}};
  state.feeds["step"] = {{}, {1}};
  return state;
}

// Every node in double precision, its result rounded to single before others see it.
std::vector<DoubleTensor> walked(const Graph& graph, const Feeds& feeds) {
  std::vector<DoubleTensor> values = evaluate(graph, feeds);
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    std::vector<const DoubleTensor*> x;
    for (const NodeId input : node.inputs) x.push_back(&values[static_cast<std::size_t>(input)]);
    DoubleTensor& y = values[static_cast<std::size_t>(id)];
    if (!x.empty()) y = evaluate_node(node, x);
    for (double& value : y.values) value = static_cast<double>(static_cast<float>(value));
  }
  return values;
}

bool is_finite(const DoubleTensor& tensor) {
  return std::ranges::all_of(tensor.values, [](double value) { return std::isfinite(value); });
}

bool overflows(RunStep& step, const std::vector<DoubleTensor>& values) {
  const auto is_broken = [&](NodeId id) {
    return !is_finite(values[static_cast<std::size_t>(id)]);
  };
  return is_broken(step.loss().id()) ||
         std::ranges::any_of(step.graph().updates(), is_broken, &Update::value);
}

class OverflowingStep : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(OverflowingStep, HasItsOriginWhereASlowWalkOfTheGraphFindsIt) {
  for (const auto& [weights, inputs] :
       {std::pair(1e15, 1.0), {1.0, 1e30}, {1e13, 1e5}, {1e10, 1e12}}) {
    const StepState state = step_state(GetParam(), weights, inputs);
    RunStep step(state, {}, Precision::single);
    const std::vector<DoubleTensor> values = walked(step.graph(), state.feeds);
    const auto origin = find_origin(step);
    ASSERT_EQ(origin.has_value(), overflows(step, values)) << weights << " " << inputs;
    if (!origin) continue;  // cross-entropy takes logits of any size
    const NodeId node = origin->element.node;
    EXPECT_FALSE(std::isfinite(step.elements().value(origin->element)));
    EXPECT_FALSE(is_finite(values[static_cast<std::size_t>(node)])) << step.graph().node(node).name;
    // What it is made of was fine, and so was the first named node that is not.
    for_each_quantity(step.elements().formula(origin->element), [&](const Quantity& quantity) {
      EXPECT_TRUE(std::isfinite(quantity.value)) << quantity.symbol;
    });
    NodeId first = 0;
    while (is_finite(values[static_cast<std::size_t>(first)]) || !step.elements().has_name(first))
      ++first;
    EXPECT_EQ(step.elements().quantity({first, 0}).symbol,
              step.elements().quantity({node, 0}).symbol);
  }
}

TEST_P(OverflowingStep, HasNoOriginWhereItDoesNotOverflow) {
  RunStep step(step_state(GetParam(), 0.5, 1), {}, Precision::single);
  EXPECT_FALSE(find_origin(step));
}

INSTANTIATE_TEST_SUITE_P(Seeds, OverflowingStep, ::testing::Range<std::uint64_t>(0, 24));

TEST(SinglePrecision, IsThatOfTheEngineForEveryNumberOfTheStep) {
  const StepState state = step_state(7, 0.5, 1);
  RunStep single(state, {}, Precision::single), doubled(state);
  for (const Value& node : single.traced().wanted)
    for (std::int64_t i = 0; i < node.shape().size(); ++i) {
      const Element element{node.id(), i};
      EXPECT_EQ(single.elements().value(element), doubled.in_single_precision(element));
      EXPECT_NEAR(single.elements().value(element), doubled.elements().value(element), 1e-4);
    }
}

// ---- In a run -----------------------------------------------------------------------------------

using RecordedRun = chainrule::Run;  // a test has a Run of its own

class Traces : public ::testing::Test {
 protected:
  RecordedRun trained(TrainRequest request) {
    request.out = folder_.file("run");
    request.seed = request.seed.value_or(1);
    train_run(request);
    return RecordedRun::open(request.out);
  }

  // 40 rows of one input of this size, and a number that depends on it.
  std::string table(const std::string& exponent) {
    std::string text = "size,price\n";
    for (int row = 0; row < 40; ++row)
      text += fmt::format("{}.5e{},{}\n", 1 + row % 9, exponent, 3 * (row % 9) + row % 2);
    folder_.write("table.csv", text);
    return folder_.file("table.csv");
  }

  // The first step with a loss or a variable that is not finite, played from the beginning.
  static std::int64_t failing_step(RecordedRun& run) {
    run.go_to(0);
    while (run.step() < run.steps()) {
      if (!std::isfinite(run.advance())) return run.step();
      for (const std::string& name : run.model().session().variables())
        for (const float value : run.model().session().values(name))
          if (!std::isfinite(value)) return run.step();
    }
    return 0;
  }

  const TemporaryFolder folder_;
};

TrainRequest overshooting_request() {
  TrainRequest request{.data = CHAINRULE_SOURCE_DIR "/data/diabetes.csv"};
  request.optimizer = "sgd";
  request.learning_rate = 2;
  request.batch_size = 400;
  request.hidden = std::vector<std::int64_t>{16};
  request.epochs = 50;
  return request;
}

TEST_F(Traces, FindTheSquareThatOverflowedAndBlameTheLearningRate) {
  RecordedRun run = trained(overshooting_request());
  const Explanation trace = trace_nan(run);
  EXPECT_TRUE(trace.passed) << trace.page;
  EXPECT_THAT(trace.page, HasSubstr(fmt::format("at step {}: the first number that is not finite",
                                                failing_step(run))));
  EXPECT_THAT(trace.page, HasSubstr(" is line "));
  EXPECT_THAT(trace.page, HasSubstr("3.402823e+38"));
  EXPECT_THAT(trace.page, HasSubstr("every step went too far"));
  EXPECT_THAT(trace.page, Not(HasSubstr("Scale the inputs")));
}

// The page writes ln(p), which the engine does not take.
TEST_F(Traces, SayWhereTheFormulaIsNotTheOneThatOverflowed) {
  TrainRequest request{.data = CHAINRULE_SOURCE_DIR "/data/iris.csv"};
  request.hidden = std::vector<std::int64_t>{};
  request.optimizer = "adamw";
  request.learning_rate = 1e20;
  request.batch_size = 8;
  request.epochs = 2;
  request.seed = 0;
  RecordedRun run = trained(request);
  const Explanation trace = trace_nan(run);
  EXPECT_TRUE(trace.passed) << trace.page;
  EXPECT_THAT(trace.page, HasSubstr("E is nan."));
  EXPECT_THAT(trace.page, HasSubstr("The formula is as books write it."));
  EXPECT_THAT(trace.page, Not(HasSubstr("-nan")));
}

TEST_F(Traces, FindTheInputThatNoNetworkExpects) {
  TrainRequest request{.data = table("25")};
  request.encode.scaling = data::Scaling::none;
  request.hidden = std::vector<std::int64_t>{};
  RecordedRun run = trained(request);
  const Explanation trace = trace_nan(run);
  EXPECT_TRUE(trace.passed) << trace.page;
  EXPECT_THAT(trace.page, StartsWith("E at step 1:"));
  EXPECT_THAT(trace.page, HasSubstr("to the power of 2 is beyond 3.402823e+38"));
  EXPECT_THAT(trace.page, HasSubstr("Input size is "));
  EXPECT_THAT(trace.page, HasSubstr("--scaling standard"));
}

// Adam divides by the root of the gradients' squares: where those are infinite, a weight stands
// still for ever, and no loss tells.
TEST_F(Traces, FindWhatTheOptimizerKeepsThoughTheLossIsFinite) {
  TrainRequest request{.data = table("22")};
  request.encode.scaling = data::Scaling::none;
  request.hidden = std::vector<std::int64_t>{};
  request.loss = "mean_absolute_error";
  request.optimizer = "adam";
  request.epochs = 40;
  RecordedRun run = trained(request);
  EXPECT_GT(run.steps(), 40);
  const Explanation trace = trace_nan(run);
  EXPECT_TRUE(trace.passed) << trace.page;
  EXPECT_THAT(trace.page, StartsWith("dense1.weight.v[0,0]⁺ at step 1:"));
  EXPECT_EQ(failing_step(run), 1);
}

TEST_F(Traces, SayThatNothingIsWrongWhereNothingIs) {
  TrainRequest request{.data = CHAINRULE_SOURCE_DIR "/data/iris.csv"};
  request.epochs = 3;
  RecordedRun run = trained(request);
  const Explanation trace = trace_nan(run);
  EXPECT_TRUE(trace.passed);
  EXPECT_THAT(trace.page, StartsWith("Every number is finite"));
  EXPECT_THAT(trace.page, HasSubstr(fmt::format("In all {} recorded steps", run.steps())));
}

TEST_F(Traces, AreWrittenInEveryFormatAndLanguage) {
  RecordedRun run = trained(overshooting_request());
  const auto page = [&](PageFormat format, Language language) {
    return trace_nan(run, {.format = format, .language = language}).page;
  };
  const auto json = nlohmann::json::parse(page(PageFormat::json, Language::en));
  const auto& line = json["sections"][1]["lines"][0];
  EXPECT_THAT(line["value"], AnyOf("inf", "nan", "-inf")) << line;
  EXPECT_TRUE(json["check"]["passed"]);
  EXPECT_THAT(page(PageFormat::latex, Language::en), HasSubstr("\\section"));
  EXPECT_THAT(page(PageFormat::markdown, Language::ko), HasSubstr("처음으로 유한하지 않은 수"));
  EXPECT_THROW(trace_nan(run, {.digits = 0}), UsageError);
}

}  // namespace
}  // namespace chainrule::page
