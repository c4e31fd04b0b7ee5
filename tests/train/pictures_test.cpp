// Pictures from the file to the explanation: their shape travels with them, and every layer of them
// is trained, resumed, replayed and explained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "chainrule/error.h"
#include "data/array_bytes.h"
#include "train/run_files.h"

namespace chainrule {
namespace {

using Recorded = Run;

// 60 noisy pictures of one channel, 6 x 5, with a bright bar: lying (class 0) or standing (class
// 1).
std::string bars_folder(const TemporaryFolder& folder, const std::string& shape) {
  RandomStream random(2026, 8);
  std::vector<float> pixels;
  std::vector<std::uint8_t> classes;
  for (int picture = 0; picture < 60; ++picture) {
    const bool stands = picture % 2 == 1;
    const int at = static_cast<int>(random.uniform() * (stands ? 5 : 6));
    for (int row = 0; row < 6; ++row)
      for (int column = 0; column < 5; ++column)
        pixels.push_back((stands ? column == at : row == at)
                             ? 1.0F
                             : 0.3F * static_cast<float>(random.uniform()));
    classes.push_back(stands ? 1 : 0);
  }
  std::string values(reinterpret_cast<const char*>(pixels.data()), pixels.size() * sizeof(float));
  std::filesystem::create_directory(folder.file("bars"));
  folder.write("bars/X.npy", data::npy_of("<f4", shape, values));
  folder.write("bars/y.npy",
               data::npy_of("|u1", "(60,)", std::string(classes.begin(), classes.end())));
  return folder.file("bars");
}

// Every layer of pictures, with a way around two of them.
constexpr const char* every_layer = R"([network]
[[network.layer]]
type = "conv2d"
channels = 4
padding = 1
[[network.layer]]
type = "batch_norm"
[[network.layer]]
type = "activation"
activation = "silu"
[[network.layer]]
type = "max_pool"
name = "pooled"
[[network.layer]]
type = "conv2d"
channels = 4
kernel = [3, 1]
padding = [1, 0]
groups = 2
activation = "tanh"
[[network.layer]]
type = "group_norm"
groups = 2
[[network.layer]]
type = "add"
inputs = ["group_norm1", "pooled"]
[[network.layer]]
type = "prelu"
[[network.layer]]
type = "conv_transpose2d"
channels = 3
activation = "gelu"
[[network.layer]]
type = "average_pool"
name = "means"
[[network.layer]]
type = "global_max_pool"
[[network.layer]]
type = "global_average_pool"
input = "means"
[[network.layer]]
type = "concatenate"
inputs = ["global_max_pool1", "global_average_pool1"]
[[network.layer]]
type = "dropout"
rate = 0.1
[[network.layer]]
type = "dense"
units = 2
)";

class Pictures : public testing::Test {
 protected:
  TrainRequest request(const std::string& name) const {
    TrainRequest request{.data = data_, .out = folder_.file(name)};
    request.model_file = folder_.write("net.toml", every_layer);
    request.epochs = 12;
    request.learning_rate = 0.02;
    request.batch_size = 9;
    request.seed = 3;
    request.threads = 1;
    request.checkpoint_every = 7;
    return request;
  }
  std::string bytes(const std::string& run) const {
    return read_file(folder_.file(run + "/model.safetensors"));
  }

  const TemporaryFolder folder_;
  const std::string data_ = bars_folder(folder_, "(60, 6, 5)");
};

TEST_F(Pictures, AreLearntResumedAndReplayedToTheBit) {
  const RunResult result = train_run(request("whole"));
  EXPECT_EQ(result.config.row, (Shape{1, 6, 5}));
  EXPECT_GT(result.test.accuracy, 0.7);
  train_run(request("cut"), ending_after(4));
  resume_run(folder_.file("cut"), {.threads = 2});
  EXPECT_EQ(bytes("cut"), bytes("whole"));
  for (const int threads : {1, 2, 3, 4})
    EXPECT_FALSE(Recorded::open(folder_.file("whole"), {.threads = threads}).verify().difference);
  SavedRun saved = SavedRun::open(folder_.file("whole"));
  EXPECT_EQ(saved.model().row(), (Shape{1, 6, 5}));
  EXPECT_GT(saved.evaluate(data_).scores.accuracy, 0.8);
  EXPECT_EQ(layer_table(saved.model().network(), saved.model().row())[0].y, (Shape{4, 6, 5}));
}

TEST_F(Pictures, AreExplainedLayerByLayer) {
  train_run(request("run"));
  auto run = Recorded::open(folder_.file("run"));
  for (const char* quantity : {"conv2d1.weight[2,0,1,1]",
                               "conv2d1.weight[2,0,1,1].gradient",
                               "conv2d1.z[3,2,4,4]",
                               "conv2d1.bias[1].gradient",
                               "batch_norm1[3,1,2,2]",
                               "batch_norm1.weight[1].gradient",
                               "batch_norm1.variance[2]",
                               "pooled[4,1,2,1].gradient",
                               "conv2d2.weight[3,1,2,0].gradient",
                               "group_norm1[2,1,0,0]",
                               "add1[1,2,1,1]",
                               "prelu1.slope[2].gradient",
                               "prelu1[0,0,1,1]",
                               "conv_transpose2d1.weight[1,2,0,1].gradient",
                               "conv_transpose2d1.z[1,1,3,2]",
                               "means[2,1,1,0].gradient",
                               "global_max_pool1[2,1]",
                               "global_average_pool1[2,1].gradient",
                               "concatenate1[5,3]",
                               "output[1]",
                               "loss"}) {
    const Explanation story = explain(run, {.quantity = quantity, .step = 9});
    EXPECT_TRUE(story.passed) << quantity << "\n" << story.page;
  }
  EXPECT_THAT(explain(run, {.quantity = "conv2d1.z[3,2,4,3]", .step = 9}).page,
              testing::HasSubstr("x[3,0,4,3] × conv2d1.weight[2,0,1,1]"));
}

TEST_F(Pictures, KeepTheirRowsWhereLayersWantRows) {
  TrainRequest dense = request("dense");
  dense.model_file =
      folder_.write("dense.toml", "[network]\n[[network.layer]]\ntype = \"dense\"\nunits = 2\n");
  EXPECT_EQ(train_run(dense).config.row, Shape{30});
}

// As most programs keep them.
TEST_F(Pictures, WithChannelsLastAreTurnedRound) {
  const TemporaryFolder folder;
  TrainRequest turned = request("turned");
  turned.data = bars_folder(folder, "(60, 6, 5, 1)");
  EXPECT_EQ(
      message_of<DataError>([&] { train_run(turned); }, folder_),
      "net.toml: the pictures are [6, 5, 1], which seems to be [height, width, channels], and "
      "the network takes [channels, height, width]; begin it with a layer of type "
      "\"channels_first\"");
  std::string text = every_layer;
  text.insert(text.find('\n') + 1, "[[network.layer]]\ntype = \"channels_first\"\n");
  turned.model_file = folder_.write("turned.toml", text);
  const RunResult result = train_run(turned);
  EXPECT_EQ(result.config.row, (Shape{6, 5, 1}));
  // The same numbers in the same places: the same network learns the same.
  train_run(request("whole"));
  const auto weights = [&](const char* run) {
    return SavedRun::open(folder_.file(run)).model().weights();
  };
  EXPECT_EQ(weights("turned"), weights("whole"));
}

TEST_F(Pictures, OfAnotherShapeAreRefusedWithTheWayOut) {
  const auto refusal = [&](const std::string& input) {
    TrainRequest wrong = request("wrong");
    std::string text = every_layer;
    text.insert(text.find('\n') + 1, input);
    wrong.model_file = folder_.write("wrong.toml", text);
    return message_of<DataError>([&] { train_run(wrong); }, folder_);
  };
  EXPECT_EQ(refusal("input = [1, 7, 5]\n"),
            "wrong.toml: input = [1, 7, 5], but the data has 30 features per row, as encoded; set "
            "input = [6, 5], or leave it out");
}

}  // namespace
}  // namespace chainrule
