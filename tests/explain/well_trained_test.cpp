// Stories of runs that have learnt nearly all: losses of 1e-7 and far below, where numbers are what
// cancellation leaves of larger ones. A right story is not called wrong there, and a wrong one is
// still found.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "chainrule/ops.h"
#include "data/temporary_folder.h"
#include "explain/random_networks.h"
#include "explain/step_notes.h"
#include "explain/story/replayed.h"
#include "explain/story/run_story.h"
#include "tensor/index_text.h"

namespace chainrule::page {
namespace {

using RecordedRun = chainrule::Run;  // a test has a Run of its own

template <class T>
const T& one_of(const std::vector<T>& list, std::mt19937_64& random) {
  return list[random() % list.size()];
}

// Few rows, so that a network of some size fits each of them.
std::string table(std::mt19937_64& random, bool is_classification, std::uint64_t rows) {
  std::normal_distribution<double> normal(0, 1);
  std::string text = "a,b,c,answer\n";
  for (std::uint64_t row = 0; row < rows; ++row) {
    const double a = normal(random), b = normal(random), c = 100 * normal(random);
    const std::string answer = is_classification ? (a + b > 0.5 ? "yes"
                                                    : b > 0     ? "no"
                                                                : "perhaps")
                                                 : fmt::format("{}", 3 * a - b + 0.01 * c);
    text += fmt::format("{},{},{},{}\n", a, b, c, answer);
  }
  return text;
}

// A run that goes on far beyond what a user would wait for.
TrainRequest random_request(std::uint64_t seed, const TemporaryFolder& folder) {
  std::mt19937_64 random(seed);
  const bool is_classification = random() % 2 == 0;
  TrainRequest request{.out = folder.file("run")};
  if (random() % 4 == 0)
    request.data = CHAINRULE_SOURCE_DIR "/data/" +
                   std::string(is_classification ? "iris.csv" : "diabetes.csv");
  else
    request.data = folder.write("table.csv", table(random, is_classification, 6 + random() % 30));
  if (is_classification)
    request.loss = one_of<std::string>({"cross_entropy", "cross_entropy", "binary_cross_entropy",
                                        "mean_squared_error", "half_squared_error"},
                                       random);
  else
    request.loss = one_of<std::string>(
        {"mean_squared_error", "half_squared_error", "huber", "mean_absolute_error"}, random);
  request.optimizer = one_of<std::string>({"sgd", "adam", "adamw", "rmsprop", "adagrad"}, random);
  request.activation = one_of<std::string>(
      {"tanh", "relu", "sigmoid", "gelu", "silu", "softplus", "elu", "leaky_relu"}, random);
  request.hidden = one_of<std::vector<std::int64_t>>({{}, {8}, {16}, {32, 8}, {6, 6, 6}}, random);
  request.learning_rate =
      one_of<double>({0.3, 0.1, 0.03, 0.01}, random) * (request.optimizer == "sgd" ? 3 : 0.3);
  if (request.optimizer == "sgd" && !is_classification) request.learning_rate = 0.02;
  if (random() % 4 == 0) request.clip_norm = 0.5;
  request.batch_size = one_of<std::int64_t>({1, 4, 16, 1000}, random);
  request.epochs = one_of<std::int64_t>({200, 1000, 3000}, random);
  request.keep_best = false;
  request.validation = 0;
  request.test = 0;
  request.seed = seed;
  request.threads = 1;
  return request;
}

std::string element_of(const Value& value, std::mt19937_64& random) {
  return index_text(
      value.shape(),
      static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(value.shape().size())));
}

// Every kind of number that can be asked of the step, some elements of each.
std::vector<std::string> quantities_of(RunStep& step, std::mt19937_64& random, int of_each) {
  std::vector<std::string> quantities{"loss"};
  for (int i = 0; i < of_each; ++i) {
    for (const Value& value : step.traced().wanted) {
      quantities.push_back(value.node().name + element_of(value, random));
      quantities.push_back(value.node().name + element_of(value, random) + ".gradient");
    }
    for (const Value& state : step.states())
      quantities.push_back(state.node().name + element_of(state, random));
    quantities.push_back("output" + element_of(step.prediction(), random));
  }
  for (const char* shared : {"gradient.norm_squared", "gradient.scale"})
    if (step.find(shared)) quantities.emplace_back(shared);
  return quantities;
}

struct Campaign {
  int asked = 0, tiny = 0;  // stories in all, and of steps with a loss below 1e-6
};

void ask(RecordedRun& run, std::mt19937_64& random, Campaign& campaign) {
  for (const std::int64_t at : {run.steps(), run.steps() / 2 + 1}) {
    const RecordedRun::Batch batch = run.batch(at);
    RunStep step(state_before(run, at, batch));
    const double loss = step.elements().value({step.loss().id(), 0});
    if (!(loss < 1e20)) continue;  // it diverged, and single precision overflowed
    for (const std::string& quantity : quantities_of(step, random, 2)) {
      const Page page = build_story(step, parse_quantity(step, quantity, 0), a_step(), {}, {});
      ++campaign.asked;
      campaign.tiny += loss < 1e-6 ? 1 : 0;
      EXPECT_TRUE(page.verdict.passed) << quantity << " at step " << at << ", loss " << loss << "\n"
                                       << write_text(page, {});
    }
  }
}

// How many runs: CHAINRULE_CAMPAIGN=400 asks for more than the tests do.
std::uint64_t campaign_size() {
  const char* size = std::getenv("CHAINRULE_CAMPAIGN");
  return size == nullptr ? 30 : std::stoull(size);
}

TEST(WellTrained, SlowCampaignOfRunsHasNoFalseAlarm) {
  Campaign campaign;
  for (std::uint64_t seed = 0; seed < campaign_size(); ++seed) {
    const TemporaryFolder folder;
    const TrainRequest request = random_request(seed, folder);
    SCOPED_TRACE(fmt::format("seed {}: {}, {}, {}, batch {}, {} epochs", seed, request.loss,
                             request.optimizer, request.activation, *request.batch_size,
                             *request.epochs));
    train_run(request);
    RecordedRun run = RecordedRun::open(request.out);
    std::mt19937_64 random(seed);
    ask(run, random, campaign);
  }
  EXPECT_GT(campaign.tiny, 0);
  RecordProperty("stories", campaign.asked);
  RecordProperty("stories_below_1e-6", campaign.tiny);
}

// ---- What is wrong is found there, too ----------------------------------------------------------

struct Trained {
  std::string loss, activation;
};

// The state before the step at which a run's loss has just fallen below 1e-7.
class SlowWellTrainedStep : public ::testing::TestWithParam<Trained> {
 protected:
  SlowWellTrainedStep() {
    std::mt19937_64 random(3);
    const bool is_classification = GetParam().loss.ends_with("entropy");
    TrainRequest request{.data = folder_.write("table.csv", table(random, is_classification,
                                                                  is_classification ? 20 : 6)),
                         .out = folder_.file("run"),
                         .hidden = std::vector<std::int64_t>{16},
                         .activation = GetParam().activation,
                         .loss = GetParam().loss,
                         .optimizer = is_classification ? "rmsprop" : "adam",
                         .learning_rate = is_classification ? 0.1 : 0.002,
                         .batch_size = 1000,
                         .epochs = is_classification ? 1000 : 20000,
                         .keep_best = false};
    request.validation = request.test = 0;
    request.seed = 1;
    request.threads = 1;
    train_run(request);
    RecordedRun run = RecordedRun::open(request.out);
    double loss = 1;
    while (run.step() < run.steps() && loss > 1e-7) loss = run.advance();
    EXPECT_LT(loss, 1e-7);
    const std::int64_t step = run.step();
    state_ = state_before(run, step, run.batch(step));
  }

  // The entry of the largest slope: what is 0 stays 0 under any factor.
  static std::string largest_gradient(RunStep& step, const Value& value) {
    const std::vector<double>& slopes = step.elements().values(step.gradient_of(value).id()).values;
    const auto largest = std::ranges::max_element(
        slopes, [](double a, double b) { return std::abs(a) < std::abs(b); });
    return value.node().name + index_text(value.shape(), largest - slopes.begin()) + ".gradient";
  }

  static bool passes(RunStep& step, const std::string& quantity, const Tamper& tamper = {}) {
    return build_story(step, parse_quantity(step, quantity, 0), a_step(), {}, tamper)
        .verdict.passed;
  }

  const TemporaryFolder folder_;
  StepState state_;
};

TEST_P(SlowWellTrainedStep, ARightStoryPasses) {
  RunStep step(state_);
  std::mt19937_64 random(1);
  for (const std::string& quantity : quantities_of(step, random, 3))
    EXPECT_TRUE(passes(step, quantity))
        << quantity << "\n"
        << write_text(build_story(step, parse_quantity(step, quantity, 0), a_step(), {}, {}), {});
}

TEST_P(SlowWellTrainedStep, AWrongRuleIsFoundByTheFiniteDifference) {
  RunStep right(state_);
  for (const Value& value : right.traced().wanted) {
    const NodeId node = value.id();
    RunStep wrong(state_, [&](TracedTraining& traced) {
      for (std::size_t i = 0; i < traced.wanted.size(); ++i)
        if (traced.wanted[i].id() == node) traced.gradients[i] = 1.01 * traced.gradients[i];
    });
    const std::string quantity = largest_gradient(right, right.graph().value(node));
    EXPECT_TRUE(passes(right, quantity)) << quantity;
    EXPECT_FALSE(passes(wrong, quantity)) << quantity;
  }
}

TEST_P(SlowWellTrainedStep, AFactorThatIsToldWronglyIsFound) {
  RunStep step(state_);
  const std::string quantity = largest_gradient(step, step.find("dense1.weight").value());
  for (const char* factor : {"dE/ddense1.z[", "x["})
    EXPECT_FALSE(passes(step, quantity, [&](const std::string& symbol, double& value) {
      if (symbol.starts_with(factor)) value *= 1 + 1e-6;
    })) << factor;
}

INSTANTIATE_TEST_SUITE_P(
    EveryLoss, SlowWellTrainedStep,
    ::testing::Values(Trained{"cross_entropy", "tanh"}, Trained{"cross_entropy", "relu"},
                      Trained{"binary_cross_entropy", "sigmoid"},
                      Trained{"mean_squared_error", "tanh"}, Trained{"half_squared_error", "silu"},
                      Trained{"huber", "gelu"}),
    [](const auto& with) { return with.param.loss + "_" + with.param.activation; });

// ---- The worked page ----------------------------------------------------------------------------

// A random network that gives what it should to a part in 10^4 to 10^9, or is nearly sure of it.
ReferenceNetwork nearly_right(const std::string& loss, const std::string& activation,
                              std::uint32_t seed, double size) {
  const std::string last = last_activation(activation, loss, seed);
  ReferenceNetwork net =
      random_network({3, 4, 3, 2}, {activation, activation, last}, loss, true, seed);
  if (loss.ends_with("entropy")) {
    // z moves apart by the number of digits; the larger one is what is wanted.
    const Numbers z = forward(net).z.back();
    for (std::size_t k = 0; k < 2; ++k) {
      net.target[k] = z[k] > z[1 - k] ? 1 : 0;
      net.layers.back().bias[k] += std::log(size) * (net.target[k] == 1 ? -1 : 1);
    }
  } else {
    net.target = forward(net).h.back();
    for (double& target : net.target) target *= 1 + size;
  }
  return net;
}

TEST(WellTrainedPage, SlowHasNoFalseAlarm) {
  std::uint32_t seed = 0;
  for (const std::string& loss : all_losses())
    for (const std::string& activation : all_activations())
      for (int i = 0; i < 6; ++i) {
        const double size = std::pow(10.0, -4 - i);
        const ReferenceNetwork net = nearly_right(loss, activation, ++seed, size);
        const Page page = build_page(step_of(net));
        EXPECT_TRUE(page.verdict.passed)
            << description(net) << ", seed " << seed << ": " << page.verdict.max_relative_error
            << " of " << page.verdict.allowed_error << ", " << page.verdict.difference_error
            << " of " << page.verdict.allowed_difference << ", loss "
            << page.before.errors.back().value;
      }
}

double largest_gradient(const Page& page) {
  double largest = 0;
  for (const Quantity& gradient : page.gradients)
    largest = std::max(largest, std::abs(gradient.value));
  return largest;
}

TEST(WellTrainedPage, SlowSeesAWrongFactor) {
  std::uint32_t seed = 0;
  for (const std::string& loss : all_losses())
    for (const std::string activation : {"tanh", "relu", "sigmoid"}) {
      const ReferenceNetwork net = nearly_right(loss, activation, ++seed, 1e-4);
      const auto with_error = [&](double error) {
        return build_page(step_of(net), "", [&](const std::string& symbol, double& value) {
          if (symbol.starts_with("dz3/d") || symbol.starts_with("dz9/d")) value *= 1 + error;
        });
      };
      const Page slightly = with_error(1e-6), badly = with_error(0.01);
      if (largest_gradient(slightly) == 0) continue;  // where relu is 0, nothing is told
      EXPECT_FALSE(slightly.verdict.products_agree()) << description(net) << seed;
      EXPECT_FALSE(badly.verdict.differences_agree())
          << description(net) << seed << ": " << badly.verdict.difference_error << " of "
          << badly.verdict.allowed_difference << ", loss " << badly.before.errors.back().value;
    }
}

}  // namespace
}  // namespace chainrule::page
