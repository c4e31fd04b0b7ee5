// Each sign on figures that are made for it, on both sides of what decides it.
#include <bit>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/explain.h"
#include "given_data.h"
#include "signs/tables.h"
#include "train/signs/activity.h"
#include "train/signs/evidence.h"
#include "train/signs/guess.h"
#include "train/signs/signs.h"

namespace chainrule::signs {
namespace {

using ::testing::HasSubstr;

// ---- Evidence ----------------------------------------------------------------------------------

// Cohen's own kind of example: 70 of 100 agree, and 50 would by chance.
TEST(Evidence, KappaIsAgreementBeyondChance) {
  const Agreement found = agreement({{20, 5}, {10, 15}});
  EXPECT_EQ(found.rows, 50);
  EXPECT_DOUBLE_EQ(found.accuracy, 0.7);
  EXPECT_DOUBLE_EQ(found.expected, 0.5);
  EXPECT_NEAR(found.kappa, 0.4, 1e-12);
  EXPECT_NEAR(found.z, 0.4 / std::sqrt(0.5 / (50 * 0.5)), 1e-12);
}

// 0.5 must be 1.96 + 1.64 standard errors of sqrt(0.5 / (0.5 rows)): from 52 rows on.
TEST(Evidence, FewRowsTellNothing) {
  EXPECT_FALSE(agreement({{13, 12}, {12, 14}}).is_telling);
  EXPECT_TRUE(agreement({{13, 13}, {13, 13}}).is_telling);
}

TEST(Evidence, OneClassIsNeitherRightNorWrongByMoreThanChance) {
  EXPECT_EQ(agreement({{0, 30}, {0, 70}}).z, 0);
  EXPECT_EQ(agreement({{0, 0}, {0, 70}}).z, 0);
}

// 80 of 100 and 66 of 100: pooled 0.73, z = 0.14 / 0.06279 = 2.23; with 70 of 100 it is 1.63.
TEST(Evidence, SharesDifferByTheTestOfTwoProportions) {
  EXPECT_TRUE(is_larger_share(0.80, 100, 0.66, 100));
  EXPECT_FALSE(is_larger_share(0.80, 100, 0.70, 100));
  EXPECT_FALSE(is_larger_share(0.66, 100, 0.80, 100));
  EXPECT_FALSE(is_larger_share(1, 100, 1, 10));
}

// 20 of a class among 40: the area's standard error without a relation is sqrt(41 / 4800) = 0.0924.
// Of all ways to deal the ranks 1 to m + n, as many come out as above as the level lets.
TEST(Evidence, NumbersAreAboveOthersByMoreThanChanceInFewCasesOfAll) {
  for (const auto& [m, n] : {std::pair{3, 3}, {4, 4}, {5, 5}, {6, 8}}) {
    int ways = 0, found = 0;
    for (unsigned chosen = 0; chosen < 1U << (m + n); ++chosen) {
      if (std::popcount(chosen) != m) continue;
      std::vector<double> numbers, others;
      for (int rank = 0; rank < m + n; ++rank)
        ((chosen >> rank & 1U) != 0 ? numbers : others).push_back(rank);
      ++ways;
      found += are_above(numbers, others) ? 1 : 0;
    }
    const double share = static_cast<double>(found) / ways;
    EXPECT_LE(share, 0.025) << m << " and " << n;
    EXPECT_EQ(found > 0, m > 3) << m << " and " << n;
    EXPECT_TRUE(m <= 4 || share >= 0.01) << m << " and " << n;
  }
  EXPECT_FALSE(are_above({}, {1, 2}));
  EXPECT_FALSE(are_above({1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}));
}

TEST(Evidence, AreasAreComparedWithWhatChanceGives) {
  Scores scores;
  scores.rows = 40;
  scores.confusion = {{20, 0}, {20, 0}};
  scores.auc = 0.5 + 1.97 * std::sqrt(41.0 / 4800);
  EXPECT_TRUE(ranks_better_than_chance(scores));
  scores.auc = 0.5 + 1.95 * std::sqrt(41.0 / 4800);
  EXPECT_FALSE(ranks_better_than_chance(scores));
}

// ---- What a network's rows are worth -----------------------------------------------------------

struct Planned {
  DataPlan plan;
  RunResult result;

  explicit Planned(const std::string& table, nn::Network network, const char* loss)
      : plan(plan_data({.data = project_data + table})) {
    result.folder = "runs/1";
    result.config = plan.config;
    result.config.network = std::move(network);
    result.config.loss = loss_named(loss);
    result.config.row = plan.data.train.data->row();
    result.target = plan.data.encoder.target();
    result.history.steps = 40;
  }
  Model model() const {
    return {result.config.network, result.config.loss, result.config.row, {.seed = 3}};
  }
  std::vector<Sign> signs(Model* model = nullptr) const {
    return signs_of({.result = result, .data = plan.data, .model = model});
  }
  std::vector<std::string_view> kinds(Model* model = nullptr) const {
    std::vector<std::string_view> names;
    for (const Sign& sign : signs(model)) names.push_back(name_of(sign.kind));
    return names;
  }
};

const nn::Network two_layers{nn::Dense{.units = 8, .activation = nn::tanh}, nn::Dense{.units = 3}};

TEST(GuessLoss, IsTheEntropyOfClassesAndTheVarianceOfNumbers) {
  const Planned classes("iris.csv", two_layers, "cross_entropy");
  EXPECT_NEAR(guess_loss(classes.model(), classes.plan.data.train), std::log(3.0), 1e-12);
  const Planned numbers("diabetes.csv", {nn::Dense{.units = 1}}, "mean_squared_error");
  EXPECT_NEAR(guess_loss(numbers.model(), numbers.plan.data.train), 1, 1e-5);
}

TEST(Activity, IsTheShareOfTheDerivativeThatIsLeft) {
  // Its units see the first input alone: the first one as it is, the second one shifted far down.
  const DoubleTensor weight({2, 4}, {1, 0, 0, 0, 1, 0, 0, 0}), bias({2}, {0, -100});
  for (const nn::Activation& activation : {nn::relu, nn::tanh, nn::sigmoid}) {
    const Planned iris_run(
        "iris.csv",
        {nn::Dense{.units = 2, .activation = activation, .weight = weight, .bias_values = bias},
         nn::Dense{.units = 3}},
        "cross_entropy");
    Model model = iris_run.model();
    const data::Part& train = iris_run.plan.data.train;
    const std::vector<std::int64_t> rows = some_rows(train, 64);
    std::int64_t looked_at = 0;
    const auto layers = activity(model, *train.data, rows, looked_at);
    ASSERT_EQ(layers.size(), 1U);
    ASSERT_EQ(looked_at, 64);
    EXPECT_EQ(layers[0].node, "dense1.h");
    double passed = 0;
    for (const std::int64_t row : rows) {
      std::vector<float> x(4);
      train.data->gather(std::span(&row, 1), x.data(), nullptr);
      const double z = static_cast<double>(x[0]), s = 1 / (1 + std::exp(-z));
      passed += (activation == nn::relu   ? (z > 0 ? 1.0 : 0.0)
                 : activation == nn::tanh ? 1 - std::tanh(z) * std::tanh(z)
                                          : 4 * s * (1 - s)) /
                64;
    }
    EXPECT_NEAR(layers[0].passed[0], passed, 1e-5) << activation.name;
    EXPECT_NEAR(layers[0].passed[1], 0, 1e-12) << activation.name;
  }
}

TEST(Activity, LeavesTheNetworksOutputAlone) {
  const Planned numbers("diabetes.csv", {nn::Dense{.units = 1, .activation = nn::sigmoid}},
                        "mean_squared_error");
  Model model = numbers.model();
  std::int64_t looked_at = 0;
  const data::Part& train = numbers.plan.data.train;
  EXPECT_TRUE(activity(model, *train.data, some_rows(train, 10), looked_at).empty());
}

// ---- Steps and gradients -----------------------------------------------------------------------

LayerSize size_of(std::int64_t step, const std::string& parameter, double gradient, double update) {
  return {
      .step = step, .parameter = parameter, .weight = 2, .gradient = gradient, .update = update};
}

TEST(SignsOfSteps, AddUpTheWayOfTheWeights) {
  Planned run("iris.csv", two_layers, "cross_entropy");
  Model model = run.model();
  run.result.train = evaluate(model, run.plan.data.train, run.result.target);
  // 40 steps of 0.1% are 4% of dense1's norm; of 0.2%, 8%.
  for (const double update : {0.002, 0.004}) {
    run.result.sizes = {size_of(1, "dense1.weight", 1, update),
                        size_of(40, "dense1.weight", 1, update),
                        size_of(1, "dense2.weight", 1, 0.001)};
    const std::vector<Sign> signs = run.signs(&model);
    const auto found = std::ranges::find(signs, SignKind::rate_too_small, &Sign::kind);
    ASSERT_EQ(found != signs.end(), update == 0.002);
    if (found == signs.end()) continue;
    EXPECT_NEAR(found->figure, 0.04, 1e-12);
    EXPECT_EQ(found->where, "dense1.weight");
  }
}

TEST(SignsOfSteps, CompareTheGradientsOfLayers) {
  Planned run("iris.csv", two_layers, "cross_entropy");
  const auto kinds_at = [&](double gradient) {
    run.result.sizes = {size_of(1, "dense1.weight", gradient, 0.1),
                        size_of(1, "dense1.bias", 1e-9, 0.1), size_of(1, "dense2.weight", 1, 0.1)};
    return run.kinds();
  };
  EXPECT_THAT(kinds_at(0.9e-3), ::testing::ElementsAre("vanishing_gradients"));
  EXPECT_THAT(kinds_at(1.1e-3), ::testing::IsEmpty());
  EXPECT_THAT(kinds_at(900), ::testing::IsEmpty());
  EXPECT_THAT(kinds_at(1100), ::testing::ElementsAre("exploding_gradients"));
}

TEST(SignsOfSteps, LargeStepsAreOneOnlyWhereTheLossIsLost) {
  Planned run("iris.csv", two_layers, "cross_entropy");
  Model model = run.model();
  run.result.train.rows = 105;
  run.result.train.loss = 0.1;
  run.result.sizes = {size_of(1, "dense1.weight", 1, 0.5)};  // a quarter
  for (const double loss : {1.0, 1.2}) {                     // ln 3 is 1.0986
    run.result.history.epochs = {{.epoch = 1, .train_loss = loss}};
    const auto kinds = run.kinds(&model);
    EXPECT_EQ(std::ranges::count(kinds, "rate_too_large"), loss > 1.1 ? 1 : 0);
  }
}

// ---- Scores ------------------------------------------------------------------------------------

Scores scores_of_rows(const Confusion& confusion) {
  Scores scores;
  scores.confusion = confusion;
  const Agreement counted = agreement(confusion);
  scores.rows = counted.rows;
  scores.accuracy = counted.accuracy;
  return scores;
}

TEST(SignsOfScores, OfClasses) {
  Planned run("iris.csv", two_layers, "cross_entropy");
  const auto kinds_of_scores = [&](const Confusion& train, const Confusion& test) {
    run.result.train = scores_of_rows(train);
    run.result.test = scores_of_rows(test);
    return run.kinds();
  };
  using ::testing::ElementsAre;
  const Confusion good{{35, 0, 0}, {0, 34, 1}, {0, 0, 35}}, fair{{9, 1, 0}, {1, 8, 1}, {0, 1, 9}},
      chance{{4, 3, 3}, {3, 4, 3}, {4, 3, 3}}, one{{0, 10, 0}, {0, 10, 0}, {0, 10, 0}},
      guessed{{12, 12, 11}, {11, 12, 12}, {12, 11, 12}};
  EXPECT_THAT(kinds_of_scores(good, fair), ElementsAre());
  EXPECT_THAT(kinds_of_scores(good, chance), ElementsAre("chance_level", "overfitting"));
  EXPECT_THAT(kinds_of_scores(guessed, chance), ElementsAre("chance_level"));
  EXPECT_THAT(kinds_of_scores(one, one), ElementsAre("chance_level", "one_class"));
  // Rows that are put in order tell something, whatever they are taken for.
  run.result.test.auc = 0.9;
  EXPECT_THAT(run.kinds(), ElementsAre("one_class"));
  // Too few rows to tell, but those of the training do.
  EXPECT_THAT(kinds_of_scores(good, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}}), ElementsAre("overfitting"));
}

TEST(SignsOfScores, OfNumbers) {
  Planned run("diabetes.csv", {nn::Dense{.units = 1}}, "mean_squared_error");
  const auto kinds_of_scores = [&](double seen, double unseen, std::array<double, 2> interval) {
    run.result.train.rows = 300;
    run.result.train.r2 = seen;
    run.result.test.rows = 90;
    run.result.test.r2 = unseen;
    run.result.test.r2_interval = interval;
    return run.kinds();
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(kinds_of_scores(0.55, 0.45, {0.3, 0.6}), ElementsAre());
  EXPECT_THAT(kinds_of_scores(0.9, 0.2, {0.05, 0.4}), ElementsAre("overfitting"));
  EXPECT_THAT(kinds_of_scores(0.9, 0.04, {-0.2, 0.2}), ElementsAre("chance_level", "overfitting"));
  EXPECT_THAT(kinds_of_scores(0.9, 0.3, {0.05, 0.95}), ElementsAre());  // that may be chance
}

TEST(SignsOfInputs, AreOfWhatWeightsAreMultipliedWith) {
  const TemporaryFolder folder;
  for (const double scale : {1.0, 5.0, 20.0, 1e-4}) {
    TrainRequest request{.data = waves(folder, 100, 0, scale)};
    request.encode.scaling = data::Scaling::none;
    const DataPlan plan = plan_data(request);
    RunResult result;
    result.config = plan.config;
    result.config.loss = loss_named("mean_squared_error");
    result.config.row = plan.data.train.data->row();
    result.target = plan.data.encoder.target();
    const auto kinds_with = [&](nn::Network network) {
      result.config.network = std::move(network);
      return signs_of({.result = result, .data = plan.data}).size();
    };
    const std::size_t expected = scale == 20 || scale == 1e-4 ? 1 : 0;
    EXPECT_EQ(kinds_with({nn::Dense{.units = 1}}), expected) << scale;
    EXPECT_EQ(kinds_with({nn::BatchNorm{}, nn::Dense{.units = 1}}), 0U) << scale;
  }
}

// ---- Words -------------------------------------------------------------------------------------

TEST(SignWords, AreThereForEachSignInBothLanguages) {
  Planned run("iris.csv", two_layers, "cross_entropy");
  run.result.folder = "my runs/1";
  for (int k = 0; k <= static_cast<int>(SignKind::rate_too_large); ++k) {
    const Sign sign{.kind = static_cast<SignKind>(k), .where = "dense1.weight", .figure = 0.5};
    const SignWords english = words_of(sign, run.result),
                    korean = words_of(sign, run.result, Language::ko, "./chainrule");
    EXPECT_FALSE(english.finding.empty() || english.advice.empty()) << name_of(sign.kind);
    EXPECT_NE(english.finding, korean.finding) << name_of(sign.kind);
    EXPECT_NE(english.advice, korean.advice) << name_of(sign.kind);
    EXPECT_THAT(korean.command, ::testing::StartsWith("./chainrule "));
    if (sign.kind == SignKind::constant_inputs) continue;  // asks of the data
    EXPECT_THAT(english.command, HasSubstr("'my runs/1"));
  }
}

}  // namespace
}  // namespace chainrule::signs
