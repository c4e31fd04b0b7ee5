// First weights that depend on the training data.
#include <cmath>

#include <gtest/gtest.h>

#include "base/file.h"
#include "chainrule/run.h"
#include "data/csv.h"
#include "data/temporary_folder.h"
#include "given_data.h"
#include "nn/layer.h"

namespace chainrule {
namespace {

using nn::Dense, nn::Init;
using Recorded = Run;  // every test has a member function Run

// 300 rows of six numbers, more than the first ones that are looked at.
data::Prepared first_weights_data() {
  std::string text = "a,b,c,d,e,f,target\n";
  for (int i = 0; i < 300; ++i)
    text += fmt::format("{},{},{},{},{},{},{}\n", i * 7 % 11, i * i % 13, i % 5, i * 31 % 17,
                        (i * 3 + 1) % 7, i % 2, i % 19);
  data::PrepareOptions options;
  options.split = {.validation = 0, .test = 0};
  return data::prepare(data::Source{data::parse_csv(text, "test.csv"), {}}, options);
}

// Of each of a node's features over the first rows, in double precision by the reference evaluator.
struct Spread {
  double mean = 0, variance = 0;
};
std::vector<Spread> spreads(const Model& model, const data::Prepared& data,
                            const std::string& node) {
  const std::int64_t rows = 256;
  Graph graph;
  const Value x = graph.input("x", model.row().batch(rows));
  nn::trace(model.network(), x, 1);
  Tensor features(x.shape());
  data.train.data->gather(std::span(data.train.rows).first(rows), features.values.data(), nullptr);
  Feeds feeds{{"x", {features.shape, {features.values.begin(), features.values.end()}}}};
  for (const auto& [name, weights] : model.weights())
    feeds[name] = {weights.shape, {weights.values.begin(), weights.values.end()}};
  const auto values = evaluate(graph, feeds);
  const DoubleTensor& z = values[static_cast<std::size_t>(graph.find(node).value())];
  // Of pictures the features are channels, [rows, channels, ..]; of sequences they come last.
  const int axis = z.shape.rank() == 3 ? 2 : 1;
  const std::int64_t count = z.shape[axis], each_row = z.shape.row().size() / count,
                     places = axis == 2 ? 1 : each_row;
  std::vector<Spread> found(static_cast<std::size_t>(count));
  const auto each = [&](auto visit) {
    for (std::int64_t i = 0; i < z.shape.size(); ++i)
      visit(found[static_cast<std::size_t>(i / places % count)],
            z.values[static_cast<std::size_t>(i)]);
  };
  const auto share = 1.0 / static_cast<double>(rows * each_row);
  each([&](Spread& spread, double value) { spread.mean += share * value; });
  each([&](Spread& spread, double value) {
    spread.variance += share * (value - spread.mean) * (value - spread.mean);
  });
  return found;
}

void expect_standard(const Model& model, const data::Prepared& data, const std::string& node) {
  for (const Spread& spread : spreads(model, data, node)) {
    EXPECT_NEAR(spread.mean, 0, 1e-5) << node;
    EXPECT_NEAR(spread.variance, 1, 1e-4) << node;
  }
}

Dense standard(std::int64_t units, const nn::Activation& activation = nn::identity) {
  return {.units = units, .activation = activation, .init = Init::standardised};
}

TEST(FirstWeights, LetSumsBeginWithMean0AndVariance1) {
  const data::Prepared data = first_weights_data();
  Model model({standard(5, nn::relu), standard(4, nn::tanh), standard(1)},
              loss_named("mean_squared_error"), 6, {.seed = 2});
  set_first_weights(model, data.train);
  for (const char* node : {"dense1.z", "dense2.z", "dense3.z"}) expect_standard(model, data, node);
  Model drawn({standard(5, nn::relu), standard(4, nn::tanh), standard(1)},
              loss_named("mean_squared_error"), 6, {.seed = 2});
  EXPECT_GT(std::abs(spreads(drawn, data, "dense1.z")[0].variance - 1), 1e-3)
      << "the comparison can fail";
  // Each unit's weights are those drawn, times one number.
  const auto before = drawn.weights().at("dense1.weight").values;
  const auto after = model.weights().at("dense1.weight").values;
  for (std::size_t i = 0; i < after.size(); ++i)
    EXPECT_NEAR(after[i] / before[i], after[i - i % 6] / before[i - i % 6], 1e-5);
}

// [channels, height, width] of one channel, which the six numbers are.
TEST(FirstWeights, StandardiseChannels) {
  const data::Prepared data = first_weights_data();
  const nn::Conv2d conv{
      .channels = 3, .kernel = 2, .activation = nn::relu, .init = Init::standardised};
  const nn::ConvTranspose2d grow{.channels = 2, .kernel = 2, .init = Init::standardised};
  Model model({conv, grow, nn::Flatten{}, standard(1)}, loss_named("mean_squared_error"),
              Shape{1, 2, 3}, {.seed = 2});
  set_first_weights(model, data.train);
  for (const char* node : {"conv2d1.z", "conv_transpose2d1.z"}) expect_standard(model, data, node);
}

TEST(FirstWeights, StandardiseUnitsOfSequences) {
  const data::Prepared data = first_weights_data();
  const nn::Conv1d conv{
      .units = 3, .kernel = 2, .activation = nn::relu, .init = Init::standardised};
  Model model({conv, nn::Flatten{}, standard(1)}, loss_named("mean_squared_error"), Shape{3, 2},
              {.seed = 2});
  set_first_weights(model, data.train);
  for (const char* node : {"conv1d1.z", "dense1.z"}) expect_standard(model, data, node);
}

TEST(FirstWeights, LeaveOtherLayersAsTheyAre) {
  const data::Prepared data = first_weights_data();
  const Dense given{.units = 1,
                    .init = Init::standardised,
                    .weight = DoubleTensor({1, 3}, {1, 2, 3}),
                    .bias_values = DoubleTensor({1}, {4})};
  const nn::Sequential network{Dense{.units = 3}, standard(3), given};
  Model model(network, loss_named("mean_squared_error"), 6, {.seed = 2});
  const auto before = model.weights();
  set_first_weights(model, data.train);
  const auto after = model.weights();
  for (const char* name : {"dense1.weight", "dense1.bias", "dense3.weight", "dense3.bias"})
    EXPECT_EQ(after.at(name), before.at(name)) << name;
  EXPECT_NE(after.at("dense2.weight"), before.at("dense2.weight"));
}

// A unit that always gives the same keeps its weights; its bias takes the mean away.
TEST(FirstWeights, DivideByNoZero) {
  const data::Prepared data = first_weights_data();
  const Dense zeros{.units = 2, .init = Init::zeros};
  Model model({zeros, standard(1)}, loss_named("mean_squared_error"), 6, {.seed = 2});
  const auto before = model.weights();
  set_first_weights(model, data.train);
  EXPECT_EQ(model.weights(), before);
}

TEST(FirstWeights, AreTheSameInEveryReplay) {
  const TemporaryFolder folder;
  TrainRequest request{.data = iris, .out = folder.file("run")};
  request.epochs = 2;
  request.model_file = folder.write("net.toml", R"(
    [network]
    [[network.layer]]
    type = "dense"
    units = 5
    activation = "tanh"
    init = "standardised"
    [[network.layer]]
    type = "dense"
    units = 3
  )");
  train_run(request);
  for (const int threads : {1, 3}) {
    Recorded run = Recorded::open(folder.file("run"), {.threads = threads});
    EXPECT_FALSE(run.verify().difference);
    run.go_to(0);
    EXPECT_GT(std::abs(run.model().weights().at("dense1.bias").values[0]), 0);
  }
  EXPECT_NO_THROW(SavedRun::open(folder.file("run")).predict(iris));
}

}  // namespace
}  // namespace chainrule
