// Trainings whose pictures move: the same in every thread, after a cut, and in a replay.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "chainrule/error.h"
#include "data/array_bytes.h"
#include "train/run_files.h"

namespace chainrule {
namespace {

using testing::HasSubstr;

class Augmented : public testing::Test {
 protected:
  static constexpr int count = 24, height = 6, width = 5, pixels = height * width;

  // Pictures of noise; every second one is bright above.
  static std::string noise() {
    RandomStream random(11, 4);
    std::string values;
    for (int i = 0; i < count * pixels; ++i)
      values += static_cast<char>(random.below(100) +
                                  (i / pixels % 2 == 1 && i % pixels < pixels / 2 ? 100 : 0));
    return values;
  }
  std::string write(const std::string& name, const std::string& values) const {
    std::filesystem::create_directory(folder_.file(name));
    std::string classes;
    for (int row = 0; row < count; ++row) classes += static_cast<char>(row % 2);
    folder_.write(name + "/X.npy", data::npy_of("|u1", "(24, 6, 5)", values));
    folder_.write(name + "/y.npy", data::npy_of("|u1", "(24,)", classes));
    return folder_.file(name);
  }
  TrainRequest request(const std::string& name) const {
    TrainRequest request{.data = write("noise", noise()), .out = folder_.file(name)};
    request.model_file = folder_.write("net.toml", R"([network]
[[network.layer]]
type = "conv2d"
channels = 3
activation = "relu"
[[network.layer]]
type = "dropout"
rate = 0.1
[[network.layer]]
type = "dense"
units = 2
[augmentation]
shift = 2
flip = true
)");
    request.epochs = 6;
    request.batch_size = 7;
    request.seed = 5;
    request.threads = 1;
    request.checkpoint_every = 3;
    return request;
  }
  std::string bytes(const std::string& run) const {
    return read_file(folder_.file(run + "/model.safetensors"));
  }

  // A page's words, wherever its lines end.
  static std::string words_of(const Explanation& story) {
    std::string words = story.page;
    std::ranges::replace(words, '\n', ' ');
    return words;
  }

  const TemporaryFolder folder_;
};

TEST_F(Augmented, TrainingsAreResumedAndReplayedToTheBit) {
  train_run(request("whole"));
  train_run(request("cut"), ending_after(2));
  resume_run(folder_.file("cut"), {.threads = 2});
  EXPECT_EQ(bytes("cut"), bytes("whole"));
  for (const int threads : {1, 2, 3, 4})
    EXPECT_FALSE(
        chainrule::Run::open(folder_.file("whole"), {.threads = threads}).verify().difference);
  TrainRequest still = request("still");
  still.shift = 0;
  still.flip = false;
  train_run(still);
  EXPECT_NE(bytes("still"), bytes("whole")) << "without moves it is another training";
}

TEST_F(Augmented, SettingsComeFromTheNetworksFileAndGoIntoTheRun) {
  const RunResult result = train_run(request("run"));
  EXPECT_EQ(result.config.fit.augmentation, (data::Augmentation{.shift = 2, .flip = true}));
  EXPECT_THAT(read_file(folder_.file("run/config.toml")),
              HasSubstr("\n[augmentation]\nshift = 2\nflip = true\n"));
  TrainRequest again = read_config(folder_.file("run/config.toml"));
  EXPECT_EQ(again.shift, 2);
  EXPECT_EQ(again.flip, true);
  again.out = folder_.file("again");
  train_run(again);
  EXPECT_EQ(bytes("again"), bytes("run"));
  TrainRequest less = request("less");
  less.shift = 1;
  EXPECT_EQ(train_run(less).config.fit.augmentation.shift, 1) << "the request goes first";
}

// A step on moved pictures is a plain step on pictures that somebody else moved alike.
TEST_F(Augmented, StepsAreThoseOfPicturesMovedByHand) {
  const data::Augmentation how{.shift = 2, .flip = true};
  const std::string still = noise();
  std::string moved(still.size(), '\0');
  for (int row = 0; row < count; ++row) {
    const data::Draw draw = data::draw_of(how, 5, 1, row);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const auto from_y = std::clamp<std::int64_t>(y - draw.down, 0, height - 1);
        const auto shifted = std::clamp<std::int64_t>(x - draw.right, 0, width - 1);
        const std::int64_t from_x = draw.is_flipped ? width - 1 - shifted : shifted;
        moved[static_cast<std::size_t>(row * pixels + y * width + x)] =
            still[static_cast<std::size_t>(row * pixels + from_y * width + from_x)];
      }
  }
  TrainRequest request = this->request("run");
  request.epochs = 1;
  request.batch_size = count;
  request.keep_best = false;
  request.validation = 0;
  request.test = 0;
  train_run(request);
  request.data = write("moved", moved);
  request.out = folder_.file("by_hand");
  request.shift = 0;
  request.flip = false;
  train_run(request);
  const auto weights = [&](const char* run) {
    return SavedRun::open(folder_.file(run)).model().weights();
  };
  EXPECT_EQ(weights("run"), weights("by_hand"));
}

TEST_F(Augmented, NumbersAreExplainedWithTheirDraws) {
  train_run(request("run"));
  auto run = chainrule::Run::open(folder_.file("run"));
  const Explanation story = explain(run, {.quantity = "conv2d1.weight[1,0,2,2]", .step = 8});
  EXPECT_TRUE(story.passed) << story.page;
  EXPECT_THAT(words_of(story), HasSubstr("the draw of seed 5, step 8 and row "));
  const std::int64_t row = run.batch(8).rows[0];
  const data::Draw draw = data::draw_of(run.config().fit.augmentation, 5, 8, row);
  const Explanation number = explain(run, {.quantity = "conv2d1.z[0,1,2,2]", .step = 8});
  EXPECT_TRUE(number.passed) << number.page;
  EXPECT_THAT(words_of(number),
              HasSubstr(fmt::format("shifted by ({}, {}) pixels (down, right): the draw of seed 5, "
                                    "step 8 and row {}, counted from 0.",
                                    draw.down, draw.right, row)));
  EXPECT_EQ(number.page.find("mirrored") != std::string::npos, draw.is_flipped);
  const Explanation korean =
      explain(run, {.quantity = "conv2d1.z[0,1,2,2]", .step = 8}, {.language = Language::ko});
  EXPECT_THAT(words_of(korean),
              HasSubstr(fmt::format("시드 5, 스텝 8, 0부터 세어 {}번 행의 추출", row)));
}

TEST_F(Augmented, TablesAreRefused) {
  TrainRequest table = request("table");
  table.data = project + "/data/iris.csv";
  table.model_file.clear();
  table.shift = 1;
  EXPECT_EQ(message_of<UsageError>([&] { train_run(table); }, folder_),
            "shift = 1 is for pictures, and a row of the data is [4]; leave it out");
}

}  // namespace
}  // namespace chainrule
