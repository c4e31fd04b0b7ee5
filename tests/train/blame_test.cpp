// What pushed a prediction: influences against plain loops, finite differences and training again
// without the rows that are blamed.
#include <cmath>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "chainrule/influence.h"
#include "data/temporary_folder.h"
#include "given_data.h"
#include "train/influence/influence.h"
#include "train/run/run_rows.h"

namespace chainrule {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Weights = std::map<std::string, Tensor>;

TrainRequest small_network(const std::string& data, const std::string& out) {
  TrainRequest request{.data = data, .out = out, .activation = "tanh", .optimizer = "sgd"};
  request.hidden = {{5}};
  request.dropout = 0.2;
  request.learning_rate = 0.05;
  request.weight_decay = 0;
  request.epochs = 6;
  request.batch_size = 16;
  request.seed = 3;
  request.threads = 1;
  return request;
}

// z = W h + b, in plain loops.
std::vector<double> dense(const Weights& weights, const std::string& name,
                          const std::vector<double>& h) {
  const Tensor &w = weights.at(name + ".weight"), &b = weights.at(name + ".bias");
  std::vector<double> z(b.values.begin(), b.values.end());
  for (std::size_t k = 0; k < z.size(); ++k)
    for (std::size_t j = 0; j < h.size(); ++j)
      z[k] += static_cast<double>(w.values[k * h.size() + j]) * h[j];
  return z;
}

// -log softmax(z)[k] of a network with one hidden layer of tanh, without dropout.
double cross_entropy_of(const Weights& weights, const data::Dataset& data, std::int64_t row) {
  std::vector<float> x(static_cast<std::size_t>(data.width()));
  data.gather(std::span(&row, 1), x.data(), nullptr);
  std::vector<double> h = dense(weights, "dense1", {x.begin(), x.end()});
  for (double& value : h) value = std::tanh(value);
  const std::vector<double> z = dense(weights, "dense2", h);
  double sum = 0;
  for (const double value : z) sum += std::exp(value);
  return std::log(sum) - z[static_cast<std::size_t>(data.class_of(row))];
}

std::vector<double> finite_differences(Weights weights, const data::Dataset& data,
                                       std::int64_t row) {
  constexpr float step = 0x1p-10F;  // added to a float it leaves little rounding
  std::vector<double> gradient;
  for (auto& [name, weight] : weights)
    for (float& value : weight.values) {
      const float before = value, above = before + step, below = before - step;
      value = above;
      const double loss_above = cross_entropy_of(weights, data, row);
      value = below;
      const double loss_below = cross_entropy_of(weights, data, row);
      value = before;
      gradient.push_back((loss_above - loss_below) /
                         (static_cast<double>(above) - static_cast<double>(below)));
    }
  return gradient;
}

double product(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

class Blamed : public ::testing::Test {
 protected:
  void SetUp() override { train_run(small_network(iris, folder_.file("run"))); }
  chainrule::Run run() const { return chainrule::Run::open(folder_.file("run"), {.threads = 1}); }
  std::string refusal(std::int64_t number, bool is_test, const BlameOptions& options = {}) const {
    auto opened = run();
    return message_of<UsageError>([&] { blame(opened, number, is_test, options); }, folder_);
  }

  const TemporaryFolder folder_;
};

TEST_F(Blamed, InfluencesAreSumsOfProductsOfFiniteDifferences) {
  auto recorded = run();
  const data::Dataset& data = *recorded.data().train.data;
  const std::int64_t asked = recorded.data().test.rows[4];
  const Blame result = blame(recorded, data.place(asked).line, true, {.top = 1000});
  ASSERT_EQ(result.strongest.size(), recorded.data().train.rows.size());
  ASSERT_EQ(result.points.size(), 5U);

  std::map<std::int64_t, double> expected;  // by line
  for (const std::int64_t step : result.points) {
    recorded.go_to(step);
    const Weights weights = recorded.model().weights();
    const std::vector<double> of_asked = finite_differences(weights, data, asked);
    for (const std::int64_t row : recorded.data().train.rows)
      expected[data.place(row).line] += recorded.batch(step).learning_rate *
                                        product(of_asked, finite_differences(weights, data, row));
  }
  const double largest = std::abs(result.strongest.front().influence);
  std::int64_t towards = 0;
  for (const auto& [row, influence] : result.strongest) {
    EXPECT_NEAR(influence, expected.at(row.number), 1e-5 * largest) << "line " << row.number;
    towards += influence > 0;
  }
  EXPECT_EQ(result.towards, towards);
  EXPECT_EQ(result.rows, result.towards + result.away_from);
  EXPECT_TRUE(std::ranges::is_sorted(result.strongest, std::greater<>(),
                                     [](const auto& entry) { return std::abs(entry.influence); }));
}

TEST_F(Blamed, OneSmallStepOnARowChangesTheOthersLossAsItsProductSays) {
  auto recorded = run();
  recorded.go_to(10);
  const data::Dataset& data = *recorded.data().train.data;
  const std::vector<std::int64_t>& rows = recorded.data().train.rows;
  RowGradients gradients(recorded.model(), 1);
  gradients.set_weights(recorded.model());
  gradients.set_other(data, rows[0]);
  const std::vector<double> products = gradients.products(data, rows);
  constexpr float rate = 1e-3F;
  Weights weights = recorded.model().weights();
  std::size_t at = 0;
  const std::vector<float> gradient = gradients.other();
  std::vector<double> before;
  for (const std::int64_t row : rows) before.push_back(cross_entropy_of(weights, data, row));
  for (const auto& [name, shape] : recorded.model().parameters())
    for (float& value : weights.at(name).values) value -= rate * gradient[at++];
  ASSERT_EQ(at, gradient.size());
  // The second order of the step, and the weights' rounding.
  const double tolerance = 0.01 * products[0] * static_cast<double>(rate);
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_NEAR(before[i] - cross_entropy_of(weights, data, rows[i]),
                static_cast<double>(rate) * products[i], tolerance);
}

// Frozen weights and running averages belong to the state that gradients are of: along one small
// step on a row its loss falls as the square of its own gradient says.
TEST(Blame, SeesWhatNoGradientMoves) {
  const TemporaryFolder folder;
  TrainRequest request = small_network(iris, folder.file("run"));
  request.hidden.reset();
  request.dropout.reset();
  request.activation.clear();
  request.model_file = folder.write("net.toml", R"([network]
[[network.layer]]
type = "dense"
units = 5
trainable = false
[[network.layer]]
type = "batch_norm"
[[network.layer]]
type = "activation"
activation = "tanh"
[[network.layer]]
type = "dense"
units = 3
)");
  train_run(request);
  auto recorded = chainrule::Run::open(folder.file("run"));
  recorded.go_to(recorded.steps());
  Model& model = recorded.model();
  const data::Part& train = recorded.data().train;
  const std::vector<std::int64_t> rows{train.rows.begin(), train.rows.begin() + 1};
  RowGradients gradients(model, 1);
  gradients.set_weights(model);
  gradients.set_other(*train.data, rows[0]);
  const double square = gradients.products(*train.data, rows)[0];
  ASSERT_GT(square, 1e-6);
  const auto loss = [&] {
    return evaluate(model, {.data = train.data, .rows = rows}, recorded.data().encoder.target())
        .loss;
  };
  const double before = loss();
  constexpr float rate = 1e-2F;
  std::size_t at = 0;
  const std::vector<float> gradient = gradients.other();
  for (const auto& parameter : model.parameters())
    for (float& weight : model.session().values(parameter.name)) weight -= rate * gradient[at++];
  EXPECT_NEAR((before - loss()) / (static_cast<double>(rate) * square), 1, 0.1);
}

TEST_F(Blamed, ThreadsGiveTheSameBits) {
  auto one = run(), three = chainrule::Run::open(folder_.file("run"), {.threads = 3});
  EXPECT_EQ(to_json(blame(one, 2)), to_json(blame(three, 2)));
  EXPECT_EQ(to_json(suspects(one)), to_json(suspects(three)));
}

TEST_F(Blamed, RowsAreDescribedAsInTheFile) {
  auto recorded = run();
  for (const auto* part :
       {&recorded.data().train, &recorded.data().validation, &recorded.data().test}) {
    const std::int64_t row = part->rows[3];
    const Blame result = blame(recorded, row + 2, false, {.top = 3});  // after the header
    EXPECT_EQ(result.asked.file, "iris.csv");
    EXPECT_EQ(result.asked.number, row + 2);
    EXPECT_EQ(result.asked.label, row < 50 ? "setosa" : row < 100 ? "versicolor" : "virginica");
    EXPECT_EQ(result.asked.part, part == &recorded.data().train        ? "training"
                                 : part == &recorded.data().validation ? "validation"
                                                                       : "test");
    const auto& classes = recorded.data().encoder.target().classes;
    const Tensor predicted = recorded.model().predict(*part->data, std::span(&row, 1));
    const auto best = std::ranges::max_element(predicted.values);
    EXPECT_EQ(result.asked.predicted,
              classes[static_cast<std::size_t>(best - predicted.values.begin())]);
    EXPECT_EQ(result.asked.probability, static_cast<double>(*best));
    EXPECT_EQ(result.strongest.size(), 3U);
    EXPECT_EQ(result.strongest[0].row.part, "training");
  }
}

TEST_F(Blamed, RefusesWhatIsNotThere) {
  const std::string lines = folder_.file("run");
  EXPECT_THAT(refusal(1, false), HasSubstr("line 1: no row of "));
  EXPECT_THAT(refusal(152, false),
              HasSubstr("the nearest one starts on line 151, the last on line 151"));
  auto recorded = run();
  const std::int64_t trained = recorded.data().train.rows[0] + 2;
  EXPECT_EQ(refusal(trained, true),
            fmt::format("line {0} of iris.csv is a training row, not a test row; ask for it with "
                        "--row {0}",
                        trained));
  EXPECT_EQ(refusal(2, false, {.step = 1000}), "step 1000: the run has steps 1 to 42");
  EXPECT_EQ(refusal(2, false, {.points = 0}), "points 0: take at least 1");
  EXPECT_EQ(refusal(2, false, {.top = 0}), "top 0: name at least 1 row");
}

TEST_F(Blamed, ARowWithoutTargetIsRefused) {
  folder_.write("some.csv", "a,b\n1,2\n2,\n3,6\n4,8\n5,11\n6,12\n7,14\n8,15\n");
  TrainRequest request = small_network(folder_.file("some.csv"), folder_.file("some"));
  request.target.task = data::Task::regression;
  train_run(request);
  auto some = chainrule::Run::open(folder_.file("some"));
  EXPECT_EQ(message_of<UsageError>([&] { blame(some, 3); }, folder_),
            "line 3 of some.csv has no target, so no prediction of it can be judged; ask for a row "
            "that has one");
  const Blame result = blame(some, 2);
  EXPECT_EQ(result.asked.label, "2");
  EXPECT_TRUE(std::isnan(result.asked.probability));
}

TEST_F(Blamed, ADivergedTrainingIsRefused) {
  TrainRequest request = small_network(iris, folder_.file("wild"));
  request.activation = "relu";
  request.dropout = 0;
  request.learning_rate = 1e30;
  request.keep_best = false;
  EXPECT_EQ(train_run(request).history.stopped, StopReason::diverged);
  auto wild = chainrule::Run::open(folder_.file("wild"));
  EXPECT_THAT(message_of<DataError>([&] { blame(wild, 2); }, folder_),
              HasSubstr("the training diverged; ask for an earlier --step"));
  EXPECT_THAT(message_of<DataError>([&] { suspects(wild); }, folder_),
              HasSubstr("the training diverged; ask for an earlier --step"));
}

TEST_F(Blamed, TheKeptStepHasTheWeightsOfTheSavedModel) {
  for (const bool keep_best : {true, false}) {
    TrainRequest request = small_network(iris, folder_.file(keep_best ? "best" : "last"));
    request.learning_rate = 2;  // so that the loss goes up and down
    request.keep_best = keep_best;
    request.epochs = 12;
    const RunResult result = train_run(request);
    auto recorded = chainrule::Run::open(request.out);
    const std::int64_t step = kept_step(recorded);
    EXPECT_EQ(step < recorded.steps(), keep_best);
    recorded.go_to(step);
    SavedRun saved = SavedRun::open(request.out);
    for (const auto& [name, weight] : saved.model().weights())
      EXPECT_EQ(weight.values, recorded.model().weights().at(name).values) << name;
  }
}

TEST(MiddleSteps, AreInTheMiddleOfEqualParts) {
  EXPECT_THAT(middle_steps(100, 5), ElementsAre(10, 30, 50, 70, 90));
  EXPECT_THAT(middle_steps(5, 5), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(middle_steps(2, 5), ElementsAre(1, 2));
  EXPECT_THAT(middle_steps(1, 1), ElementsAre(1));
}

// ---- Training again without them ---------------------------------------------------------------

double loss_after_training_without(const Run& run, const std::set<std::int64_t>& lines,
                                   std::int64_t asked) {
  const RunConfig& config = run.config();
  data::Part part = run.data().train;
  std::erase_if(part.rows, [&](std::int64_t row) { return lines.contains(row + 2); });
  Model model(config.network, config.loss, config.row, {.seed = config.seed});
  fit(model, config.optimizer, part, {}, run.data().encoder.target(), config.fit);
  return evaluate(model, {part.data, {asked}}, run.data().encoder.target()).loss;
}

TEST(BlamedRows, AreMissedWhenTheNetworkIsTrainedWithoutThem) {
  const TemporaryFolder folder;
  TrainRequest request = small_network(iris, folder.file("run"));
  request.dropout = 0;
  request.epochs = 30;
  request.keep_best = false;
  train_run(request);
  auto run = chainrule::Run::open(request.out, {.threads = 1});
  int right = 0, asked = 0;
  for (const std::int64_t row : run.data().test.rows) {
    const double with_all = loss_after_training_without(run, {}, row);
    const Blame result = blame(run, row + 2, true, {.top = 1000});
    std::set<std::int64_t> helped, harmed;
    for (const auto& [by, influence] : result.strongest) {
      std::set<std::int64_t>& group = influence > 0 ? helped : harmed;
      if (group.size() < 10) group.insert(by.number);
    }
    right += loss_after_training_without(run, helped, row) > with_all;
    right += loss_after_training_without(run, harmed, row) < with_all;
    asked += 2;
  }
  RecordProperty("agreements", fmt::format("{} of {}", right, asked));
  EXPECT_GE(right, 0.9 * asked) << "of " << asked;
}

}  // namespace
}  // namespace chainrule
