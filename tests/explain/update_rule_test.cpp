// Updates as the papers write them, of random short runs: every optimizer, schedule and clipping,
// recomputed here in double precision, against what the story tells and what the engine has.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "chainrule/explain.h"
#include "chainrule/run.h"
#include "data/temporary_folder.h"

namespace chainrule {
namespace {

using Json = nlohmann::json;
using Shape = Schedule::Shape;
using RecordedRun = chainrule::Run;  // a test has a Run of its own

// What the test knows of a run: it wrote the file.
struct Settings {
  std::string optimizer{};
  double rate = 0, decay = 0, beta1 = 0, beta2 = 0, epsilon = 0, momentum = 0, rho = 0;
  bool nesterov = false;
  double clip = 0, average = 0, rate_factor = 1, decay_factor = 1;  // the factors are dense1's
  Schedule schedule{}, decay_schedule{};
  std::int64_t epochs = 3;
};

template <class T>
T one_of(std::initializer_list<T> list, std::mt19937_64& random) {
  return list.begin()[random() % list.size()];
}

Schedule random_schedule(std::uint64_t turn, std::mt19937_64& random) {
  constexpr Shape shapes[] = {Shape::constant,    Shape::cosine, Shape::flat_cosine,
                              Shape::exponential, Shape::step,   Shape::one_cycle,
                              Shape::coslog4};
  return {shapes[turn % 7], one_of({0.0, 0.2, 0.5}, random), one_of({0.0, 0.05}, random)};
}

Settings random_settings(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Settings settings;
  settings.optimizer =
      std::array{"sgd", "sgd", "sgd", "adam", "adamw", "rmsprop", "adagrad"}[seed % 7];
  settings.rate = one_of({0.1, 0.03, 0.004}, random);
  settings.decay = one_of({0.0, 0.01, 0.3}, random);
  settings.beta1 = one_of({0.9, 0.8, 0.0}, random);
  settings.beta2 = one_of({0.999, 0.95}, random);
  settings.epsilon = one_of({1e-8, 1e-3}, random);
  settings.momentum = seed % 7 == 0 ? 0 : 0.9;
  settings.nesterov = seed % 7 == 2;
  settings.rho = one_of({0.9, 0.99}, random);
  settings.clip = one_of({0.0, 0.01, 0.5}, random);
  settings.average = one_of({0.0, 0.9, 0.9999}, random);
  settings.rate_factor = one_of({1.0, 1.0, 0.1}, random);
  settings.decay_factor = one_of({1.0, 0.5}, random);
  settings.schedule = random_schedule(seed / 7, random);
  if (settings.decay > 0 && random() % 2 == 0)
    settings.decay_schedule = random_schedule(random(), random);
  return settings;
}

std::string network_file(const Settings& settings) {
  std::string text = fmt::format(
      "[[network.layer]]\ntype = \"dense\"\nunits = 3\nactivation = \"tanh\"\n"
      "[[network.layer]]\ntype = \"dense\"\nunits = 2\n"
      "[[network.parameters]]\nmatch = \"dense1.weight\"\nlearning_rate_factor = {}\n"
      "weight_decay_factor = {}\n[optimizer]\ntype = \"{}\"\nlearning_rate = {}\n"
      "weight_decay = {}\n",
      settings.rate_factor, settings.decay_factor, settings.optimizer, settings.rate,
      settings.decay);
  if (settings.optimizer == "sgd")
    text += fmt::format("momentum = {}\nnesterov = {}\n", settings.momentum, settings.nesterov);
  if (settings.optimizer.starts_with("adam"))
    text += fmt::format("beta1 = {}\nbeta2 = {}\n", settings.beta1, settings.beta2);
  if (settings.optimizer == "rmsprop") text += fmt::format("decay = {}\n", settings.rho);
  if (settings.optimizer != "sgd") text += fmt::format("epsilon = {}\n", settings.epsilon);
  return text;
}

std::string table(std::mt19937_64& random) {
  std::normal_distribution<double> normal(0, 1);
  std::string text = "a,b,answer\n";
  for (int row = 0; row < 24; ++row) {
    const double a = normal(random), b = normal(random);
    text += fmt::format("{},{},{}\n", a, b, a + b > 0 ? "yes" : "no");
  }
  return text;
}

// The share of the base that a schedule leaves at step t of T, from its description in train.h.
double share_of(const Schedule& schedule, double t, double T) {
  const double done = t / T, floor = schedule.floor, least = floor > 0 ? floor : 0.01;
  if (done < schedule.warmup) return done / schedule.warmup;
  const double u = (done - schedule.warmup) / (1 - schedule.warmup);
  const auto half_wave = [](double from, double to, double along) {
    return from + (to - from) * (1 - std::cos(std::numbers::pi * along)) / 2;
  };
  switch (schedule.shape) {
    case Shape::cosine:
      return half_wave(1, floor, u);
    case Shape::flat_cosine:
      return u < 0.75 ? 1 : half_wave(1, floor, 4 * (u - 0.75));
    case Shape::exponential:
      return std::exp(u * std::log(least));
    case Shape::step:
      return u < 0.5 ? 1 : u < 0.75 ? std::sqrt(least) : least;
    case Shape::one_cycle:
      return u < 1.0 / 3 ? half_wave(0.04, 1, 3 * u) : half_wave(1, floor, 1.5 * u - 0.5);
    case Shape::coslog4:
      return half_wave(floor, 1, 2 * std::log2(1 + 15 * u));
    default:
      return 1;
  }
}

// What the papers make of one weight.
struct Weight {
  double w = 0, m = 0, v = 0, sum = 0, average = 0;
  double m_hat = 0, v_hat = 0;  // of this step
};

void take_step(Weight& at, const Settings& settings, double gradient, double eta, double lambda,
               double t) {
  const double before = at.w;
  const bool apart = settings.optimizer == "adamw";
  const double g = gradient + (apart ? 0 : lambda * before);
  if (settings.optimizer == "sgd") {
    if (settings.momentum > 0) at.v = settings.momentum * at.v + g;
    at.w -= eta * (settings.nesterov       ? g + settings.momentum * at.v
                   : settings.momentum > 0 ? at.v
                                           : g);
  } else if (settings.optimizer == "rmsprop") {
    at.v = settings.rho * at.v + (1 - settings.rho) * g * g;
    at.w -= eta * g / (std::sqrt(at.v) + settings.epsilon);
  } else if (settings.optimizer == "adagrad") {
    at.sum += g * g;
    at.w -= eta * g / (std::sqrt(at.sum) + settings.epsilon);
  } else {
    at.m = settings.beta1 * at.m + (1 - settings.beta1) * g;
    at.v = settings.beta2 * at.v + (1 - settings.beta2) * g * g;
    at.m_hat = at.m / (1 - std::pow(settings.beta1, t));
    at.v_hat = at.v / (1 - std::pow(settings.beta2, t));
    at.w -= eta * at.m_hat / (std::sqrt(at.v_hat) + settings.epsilon);
    if (apart) at.w -= eta * lambda * before;
  }
  const double share = (1 - settings.average) / (1 - std::pow(settings.average, t));
  if (settings.average > 0) at.average += share * (at.w - at.average);
}

class UpdateRule : public testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    settings_ = random_settings(GetParam());
    std::mt19937_64 random(GetParam() + 1000);
    TrainRequest request{.data = folder_.write("table.csv", table(random)),
                         .out = folder_.file("run"),
                         .model_file = folder_.write("network.toml", network_file(settings_))};
    request.schedule = settings_.schedule;
    request.weight_decay_schedule = settings_.decay_schedule;
    request.clip_norm = settings_.clip;
    request.weight_average = settings_.average;
    request.batch_size = 4;
    request.epochs = settings_.epochs;
    request.validation = 0;
    request.test = 0;
    request.patience = 0;
    request.seed = GetParam();
    request.threads = 1;
    train_run(request);
  }

  Json told(RecordedRun& run, const std::string& name, std::int64_t step) {
    const Explanation explanation =
        explain(run, {.quantity = name, .step = step}, {.format = PageFormat::json});
    EXPECT_TRUE(explanation.passed) << explanation.page;
    return Json::parse(explanation.page);
  }

  static std::map<std::string, double> lines_of(const Json& story) {
    std::map<std::string, double> lines;
    for (const Json& section : story["sections"])
      for (const Json& line : section["lines"])
        lines.emplace(line["symbol"].get<std::string>(), line["value"].get<double>());
    return lines;
  }

  static double engines(RecordedRun& run, const std::string& name, std::size_t place) {
    Session& session = run.model().session();
    return session.has(name) ? static_cast<double>(session.values(name)[place]) : 0;
  }

  Weight state(RecordedRun& run, const std::string& name, std::size_t place) {
    return {.w = engines(run, name, place),
            .m = engines(run, name + ".m", place),
            .v = engines(run, name + ".v", place),
            .sum = engines(run, name + ".sum", place),
            .average = engines(run, name + ".average", place)};
  }

  TemporaryFolder folder_;
  Settings settings_;
};

void expect_close(double told, double expected, double tolerance, const char* what) {
  EXPECT_NEAR(told, expected, tolerance * std::max(1.0, std::abs(expected))) << what;
}

TEST_P(UpdateRule, IsThePapers) {
  RecordedRun run = RecordedRun::open(folder_.file("run"), {.threads = 1});
  std::mt19937_64 random(GetParam());
  const auto steps = static_cast<std::uint64_t>(run.steps());
  for (const std::int64_t step :
       {std::int64_t{1}, static_cast<std::int64_t>(2 + random() % (steps - 1))}) {
    const std::size_t i = random() % 3, j = random() % 2, place = 2 * i + j;
    const std::string name = "dense1.weight", number = fmt::format("{}[{},{}]", name, i, j);
    SCOPED_TRACE(number + fmt::format(" at step {}\n", step) + network_file(settings_));
    std::map<std::string, double> lines = lines_of(told(run, number, step));
    run.go_to(step - 1);
    Weight weight = state(run, name, place);
    const auto t = static_cast<double>(step), T = static_cast<double>(run.steps());
    const double eta = settings_.rate_factor * settings_.rate * share_of(settings_.schedule, t, T);
    const double lambda =
        settings_.decay_factor * settings_.decay * share_of(settings_.decay_schedule, t, T);
    double gradient = lines.at("dE/d" + number);
    if (settings_.clip > 0) {
      const auto norm = lines_of(told(run, "gradient.norm_squared", step));
      gradient *= std::min(1.0, settings_.clip / std::sqrt(norm.at("gradient.norm_squared")));
    }
    run.go_to(step - 1);
    weight = state(run, name, place);
    take_step(weight, settings_, gradient, eta, lambda, t);

    constexpr double exact = 1e-12;
    expect_close(lines.at(number + "+"), weight.w, exact, "w");
    const std::pair<const char*, double> memories[] = {{"m+", weight.m},
                                                       {"v+", weight.v},
                                                       {"sum+", weight.sum},
                                                       {"mhat", weight.m_hat},
                                                       {"vhat", weight.v_hat}};
    for (const auto& [symbol, value] : memories)
      if (lines.contains(symbol)) expect_close(lines.at(symbol), value, exact, symbol);
    const bool is_adam = settings_.optimizer.starts_with("adam");
    EXPECT_EQ(lines.contains("mhat"), is_adam);
    if (settings_.average > 0) {
      const auto average = lines_of(told(run, fmt::format("{}.average[{},{}]", name, i, j), step));
      expect_close(average.at("average+"), weight.average, exact, "average");
      run.go_to(step - 1);
    }

    run.advance();  // the engine
    constexpr double single = 2e-5;
    const Weight after = state(run, name, place);
    expect_close(after.w, weight.w, single, "the engine's w");
    expect_close(after.m, weight.m, single, "the engine's m");
    expect_close(after.v, weight.v, single, "the engine's v");
    expect_close(after.sum, weight.sum, single, "the engine's sum");
    expect_close(after.average, weight.average, single, "the engine's average");
  }
}

INSTANTIATE_TEST_SUITE_P(Runs, UpdateRule, testing::Range<std::uint64_t>(0, 63));

TEST(UpdateRuleText, NamesTheLettersOfThePapers) {
  const TemporaryFolder folder;
  std::mt19937_64 random(1);
  Settings settings = random_settings(4);
  settings.decay = 0.01;
  TrainRequest request{.data = folder.write("table.csv", table(random)),
                       .out = folder.file("run"),
                       .model_file = folder.write("network.toml", network_file(settings))};
  request.epochs = 2;
  train_run(request);
  RecordedRun run = RecordedRun::open(folder.file("run"));
  const std::string page = explain(run, {.quantity = "dense2.weight[0,1]", .step = 2}).page;
  for (const char* line : {"  g = ∂E/∂dense2.weight[0,1] = ", "m⁺ = β1 × m + (1 - β1) × g",
                           "v⁺ = β2 × v + (1 - β2) × g^2", "m̂ = m⁺ / (1 - β1^t) = ",
                           "v̂ = v⁺ / (1 - β2^t) = ", "η = ", "λ = 0.01", "ε = "})
    EXPECT_THAT(page, testing::HasSubstr(line));
  const std::string korean =
      explain(run, {.quantity = "dense2.weight[0,1]", .step = 2}, {.language = Language::ko}).page;
  EXPECT_THAT(korean, testing::HasSubstr("m과 v는 기울기 g와 그 제곱의 이동 평균"));
}

TEST(RunNames, AreListedWithoutPlayingTheRun) {
  const TemporaryFolder folder;
  std::mt19937_64 random(1);
  TrainRequest request{.data = folder.write("table.csv", table(random)), .out = folder.file("run")};
  request.epochs = 3;
  train_run(request);
  RecordedRun run = RecordedRun::open(folder.file("run"));
  const std::string page = explain(run, {}).page;
  EXPECT_EQ(run.step(), 0);
  EXPECT_THAT(page, testing::HasSubstr("dense1.weight"));
  explain(run, {.quantity = "loss", .step = 3});
  EXPECT_EQ(run.step(), 2);
  EXPECT_EQ(explain(run, {}).page, page);
}

}  // namespace
}  // namespace chainrule
