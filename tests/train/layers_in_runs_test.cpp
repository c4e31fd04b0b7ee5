// A layer's record is all that a run needs of it: one that stands in this file alone is read from
// TOML, trained, saved, resumed, replayed and explained, as those of the library are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/message.h"
#include "train/network/network_file.h"
#include "train/run_files.h"

namespace chainrule {
namespace {

using testing::HasSubstr;

// h = x + bias, where the bias starts at a number of the user's.
struct Shift {
  double start = 0.25;
  static const nn::LayerRecord& record();
};

constinit const nn::LayerRecord shift_layer{
    .name = "shift",
    .summary = {"Adds a number of its own to each feature."},
    .fields = nn::fields_of<Shift>({nn::field<&Shift::start>(
        {.name = "start", .meaning = {"where the numbers start"}, .range = {-10, 10}})}),
    .parameters =
        [](const Shift& layer, nn::Shapes x) {
          return nn::LayerParameters{nn::per_feature("bias", x[0], layer.start)};
        },
    .trace = [](const Shift&, nn::LayerCall& at) { return at.name(at.x() + at.parameter("bias")); },
    .words = {.en = "Each feature plus a number of its own.",
              .ko = "특징마다 수를 하나씩 더합니다."},
    .cases =
        [] {
          return std::vector<nn::LayerCase>{{Shift{}, {3, 4}}};
        },
};

const nn::LayerRecord& Shift::record() { return shift_layer; }

class LayersInRuns : public testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    if (nn::find_layer("shift") == nullptr) nn::register_layer(shift_layer);
  }

  // A run of a network with the layer behind the inputs and before the outputs.
  TrainRequest request(const std::string& name) const {
    const std::string layer = "[[network.layer]]\ntype = \"" + GetParam() + "\"\n";
    TrainRequest request{.data = project + "/data/iris.csv", .out = folder_.file(name)};
    request.model_file = folder_.write(
        "net.toml", "[network]\n" + layer +
                        "[[network.layer]]\ntype = \"dense\"\nunits = 5\nactivation = \"tanh\"\n" +
                        layer + "[[network.layer]]\ntype = \"dense\"\nunits = 3\n");
    request.epochs = 8;
    request.learning_rate = 0.05;
    request.batch_size = 20;
    request.seed = 3;
    request.threads = 1;
    request.checkpoint_every = 4;
    return request;
  }
  // Of the second of the two: its last parameter.
  std::string parameter() const {
    return GetParam() == "scale" ? "scale2.weight" : GetParam() + "2.bias";
  }

  TemporaryFolder folder_;
};

TEST_P(LayersInRuns, TrainSaveResumeAndReplay) {
  expect_resumed_and_replayed(folder_, [&](const char* name) { return request(name); });
  SavedRun saved = SavedRun::open(folder_.file("whole"));
  EXPECT_GT(saved.evaluate(project + "/data/iris.csv").scores.accuracy, 0.5);
  const Tensor learnt = saved.model().weights().at(parameter());
  EXPECT_NE(learnt, Tensor::filled({5}, learnt.values[0])) << "the numbers have learnt";
}

TEST_P(LayersInRuns, ExplainTheirParameters) {
  train_run(request("run"));
  auto run = chainrule::Run::open(folder_.file("run"));
  for (const std::string& quantity :
       {parameter() + "[3]", parameter() + "[3].gradient", GetParam() + "1[2]",
        GetParam() + "2[4].gradient", std::string("dense1.weight[3,2]"), std::string("output[1]"),
        std::string("loss")}) {
    const Explanation story = explain(run, {.quantity = quantity, .step = 7});
    EXPECT_TRUE(story.passed) << quantity << "\n" << story.page;
  }
  const std::string_view words = nn::find_layer(GetParam())->words.en;
  EXPECT_THAT(explain(run, {.quantity = parameter()}).page,
              HasSubstr(GetParam() + "2: " + std::string(words.substr(0, 30))));
  EXPECT_THAT(explain(run, {.quantity = parameter() + "[3]", .step = 7}).page,
              HasSubstr("∂E/∂" + parameter() + "[3] = "));
}

TEST_P(LayersInRuns, AreListedBetweenTheOthers) {
  const NetworkFile file = read_network_file(request("run").model_file);
  const std::vector<LayerSummary> table = layer_table(file.model, 4);
  ASSERT_EQ(table.size(), 4U);
  EXPECT_EQ(table[2].name, GetParam() + "2");
  EXPECT_EQ(table[2].brief.en, GetParam());
  EXPECT_EQ(table[2].y, Shape{5});
  EXPECT_GE(table[2].parameters, 5);
}

TEST_P(LayersInRuns, HaveNoPlaceOnThePageThatIsWorkedByHand) {
  const std::string text = read_file(request("run").model_file) +
                           "[loss]\ntype = \"cross_entropy\"\n"
                           "[optimizer]\ntype = \"sgd\"\n"
                           "[example]\ninput = [1, 2, 3, 4]\ntarget = [0, 1, 0]\n";
  EXPECT_THAT(
      message_of<DataError>([&] { explain_file(folder_.write("page.toml", text)); }, folder_),
      HasSubstr("leave out " + GetParam() + "1, or train the network and ask the run"));
}

INSTANTIATE_TEST_SUITE_P(Layers, LayersInRuns,
                         testing::Values("scale", "layer_norm", "batch_norm", "shift"),
                         [](const auto& layer) { return layer.param; });

// Running averages are saved, restored and explained like other numbers.
TEST(BatchNormInRuns, KeepsItsRunningAverages) {
  const TemporaryFolder folder;
  TrainRequest request{.data = project + "/data/iris.csv", .out = folder.file("run")};
  request.model_file = folder.write("net.toml",
                                    "[network]\n[[network.layer]]\ntype = \"batch_norm\"\n"
                                    "momentum = 0.25\n"
                                    "[[network.layer]]\ntype = \"dense\"\nunits = 3\n");
  request.epochs = 3;
  request.batch_size = 1000;  // all of them
  request.threads = 1;
  request.keep_best = false;
  train_run(request);
  auto run = chainrule::Run::open(folder.file("run"), {.threads = 1});
  // The mean over all training rows of standardised features is 0 and the variance 1, up to n - 1.
  const auto n = static_cast<double>(run.data().train.size());
  run.go_to(3);
  const std::map<std::string, Tensor> weights = run.model().weights();
  EXPECT_EQ(weights.size(), 6U);
  EXPECT_NEAR(static_cast<double>(weights.at("batch_norm1.mean").values[1]), 0, 1e-6);
  const double kept = 0.75 * 0.75 * 0.75;
  EXPECT_NEAR(static_cast<double>(weights.at("batch_norm1.variance").values[2]),
              kept + (1 - kept) * n / (n - 1), 1e-5);
  EXPECT_EQ(SavedRun::open(folder.file("run")).model().weights(), weights);
  for (const char* quantity : {"batch_norm1.mean[1]", "batch_norm1.variance[2]",
                               "batch_norm1.batch_variance[0,2]", "batch_norm1.batch_mean[0,2]"}) {
    const Explanation story = explain(run, {.quantity = quantity, .step = 2});
    EXPECT_TRUE(story.passed) << quantity << "\n" << story.page;
  }
}

// A block with a way around it, two layers with the same weights, one that is not trained.
TEST(Graphs, AreTrainedReplayedAndExplained) {
  const TemporaryFolder folder;
  TrainRequest request{.data = project + "/data/iris.csv", .out = folder.file("run")};
  request.model_file = folder.write("net.toml", R"([network]
[[network.layer]]
type = "dense"
name = "first"
units = 4
activation = "tanh"
[[network.layer]]
type = "dense"
name = "again"
units = 4
activation = "tanh"
shares = "first"
[[network.layer]]
type = "add"
inputs = ["again", "input"]
[[network.layer]]
type = "dense"
name = "fixed"
input = "first"
units = 2
trainable = false
[[network.layer]]
type = "concatenate"
inputs = ["add1", "fixed"]
[[network.layer]]
type = "dense"
units = 3
)");
  request.epochs = 6;
  request.seed = 4;
  request.threads = 1;
  request.checkpoint_every = 5;
  const RunResult result = train_run(request);
  EXPECT_EQ(result.parameters, 4 * 4 + 4 + 6 * 3 + 3);
  auto run = chainrule::Run::open(folder.file("run"), {.threads = 2});
  EXPECT_FALSE(run.verify().difference);
  run.go_to(0);
  const std::map<std::string, Tensor> before = run.model().weights();
  EXPECT_EQ(before.size(), 6U);
  SavedRun saved = SavedRun::open(folder.file("run"));
  EXPECT_EQ(saved.model().weights().at("fixed.weight"), before.at("fixed.weight"));
  EXPECT_NE(saved.model().weights().at("first.weight"), before.at("first.weight"));
  EXPECT_GT(saved.evaluate(project + "/data/iris.csv").scores.accuracy, 0.5);
  for (const char* quantity : {"first.weight[1,2]", "first.weight[1,2].gradient", "add1[3,1]",
                               "concatenate1[2,5]", "fixed.weight[1,1]", "loss"}) {
    const Explanation story = explain(run, {.quantity = quantity, .step = 3});
    EXPECT_TRUE(story.passed) << quantity << "\n" << story.page;
  }
}

TEST(OwnLayers, AreKnownByOneNameOnly) {
  EXPECT_EQ(message([] { nn::register_layer(nn::dense_layer); }),
            "there is a layer \"dense\" already; give it another name");
}

TEST(OwnLayers, TakeTheirFieldsFromCode) {
  Graph graph;
  const nn::Traced traced =
      nn::trace({Shift{.start = -2}, nn::Dense{1}}, graph.input("x", {2, 3}), 1);
  EXPECT_EQ(traced.parameters.at(0).initial, DoubleTensor::filled({3}, -2));
  EXPECT_EQ(message([] {
              Graph other;
              nn::trace({Shift{.start = 11}}, other.input("x", {2, 3}), 1);
            }),
            "shift1: start = 11; it must be from -10 to 10.");
}

}  // namespace
}  // namespace chainrule
