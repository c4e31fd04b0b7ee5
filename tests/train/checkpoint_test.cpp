// Checkpoints, the record and the metrics as files: exact there and back, and damage is seen.
#include "train/checkpoint.h"

#include <cmath>
#include <filesystem>
#include <limits>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "chainrule/error.h"
#include "data/temporary_folder.h"
#include "train/metrics.h"

namespace chainrule {
namespace {

Checkpoint an_example() {
  return {.step = 123456789012,
          .loss_sum = 0.1 + 0.2,
          .seconds = 1e-300,
          .variables = {{"dense1.weight", Tensor({2, 1}, {-0.0F, 1e-45F})},
                        {"dense1.weight.m", Tensor({2, 1}, {3, 4})}},
          .best_weights = {{"dense1.weight", Tensor({2, 1}, {5, 6})}}};
}

TEST(Checkpoints, AreReadBackExactly) {
  const TemporaryFolder folder;
  const std::string path = folder.file("1.safetensors");
  write_checkpoint(path, an_example());
  const Checkpoint back = read_checkpoint(path), wanted = an_example();
  EXPECT_EQ(back.step, wanted.step);
  EXPECT_EQ(back.loss_sum, wanted.loss_sum);
  EXPECT_EQ(back.seconds, wanted.seconds);
  EXPECT_EQ(back.variables, wanted.variables);
  EXPECT_TRUE(std::signbit(back.variables.at("dense1.weight").values[0])) << "-0 stays -0";
  EXPECT_EQ(back.best_weights, wanted.best_weights);
}

TEST(Checkpoints, AreKnownToBeDamagedWhereverTheyAre) {
  const TemporaryFolder folder;
  const std::string path = folder.file("1.safetensors");
  write_checkpoint(path, an_example());
  const std::string whole = read_file(path);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    folder.write("1.safetensors", whole.substr(0, length));
    EXPECT_THROW(read_checkpoint(path), DataError) << length << " bytes";
  }
  RandomStream random(1, 0);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.below(8)));
    folder.write("1.safetensors", damaged);
    // White space in the header may change its kind, and no harm is done.
    if (whole[at] != ' ') {
      EXPECT_THROW(read_checkpoint(path), DataError) << "byte " << at;
    }
  }
  folder.write("1.safetensors", whole);
  EXPECT_NO_THROW(read_checkpoint(path)) << "the check can pass";
}

TEST(Checkpoints, AreFoundAndRemovedByTheirStep) {
  const TemporaryFolder folder;
  EXPECT_TRUE(checkpoint_steps(folder.path()).empty());
  std::filesystem::create_directory(folder.file("checkpoints"));
  for (const char* name : {"9.safetensors", "10.safetensors", "0.safetensors", "x.safetensors",
                           "10.safetensors.aBcDeF", "notes.txt"})
    folder.write("checkpoints/" + std::string(name), "");
  using Steps = std::vector<std::int64_t>;
  EXPECT_EQ(checkpoint_steps(folder.path()), (Steps{0, 9, 10}));
  remove_checkpoints_after(folder.path(), 9);
  EXPECT_EQ(checkpoint_steps(folder.path()), (Steps{0, 9}));
  EXPECT_FALSE(std::filesystem::exists(folder.file("checkpoints/10.safetensors.aBcDeF")));
  EXPECT_TRUE(std::filesystem::exists(folder.file("checkpoints/notes.txt"))) << "somebody else's";
  EXPECT_TRUE(std::filesystem::exists(folder.file("checkpoints/x.safetensors")));
}

TEST(Record, IsReadUpToWhereItIsWhole) {
  std::string text(record_header);
  for (std::int64_t step = 0; step < 4; ++step)
    text += to_text({.step = 5 * step, .epoch = step, .hash = "00ff"});
  EXPECT_EQ(text, "step,epoch,hash\n0,0,00ff\n5,1,00ff\n10,2,00ff\n15,3,00ff\n");
  const std::vector<RecordLine> lines = read_record(text);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[2].step, 10);
  EXPECT_EQ(lines[2].epoch, 2);
  EXPECT_EQ(lines[2].hash, "00ff");
  EXPECT_EQ(read_record(text.substr(0, text.size() - 1)).size(), 3U) << "cut off";
  EXPECT_EQ(read_record(text + "7,4,00ff\n").size(), 4U) << "not after 15";
  EXPECT_EQ(read_record(text + std::string(40, '\0') + "\n").size(), 4U) << "after a power cut";
  EXPECT_TRUE(read_record("").empty());
}

TEST(Metrics, AreReadBackExactly) {
  RandomStream random(2, 0);
  for (const data::Task task : {data::Task::classification, data::Task::regression}) {
    std::string text = metrics_header(task);
    for (std::int64_t epoch = 1; epoch <= 50; ++epoch) {
      Progress progress{.epoch = epoch, .train_loss = random.normal(), .validation = Scores{}};
      progress.learning_rate = random.uniform() * 1e-9;
      progress.validation->loss =
          epoch % 10 == 0 ? std::numeric_limits<double>::quiet_NaN() : random.normal();
      progress.validation->accuracy = progress.validation->rmse = random.uniform();
      progress.seconds = 1000 * random.uniform();
      text += metrics_line(task, progress);
    }
    const std::vector<Progress> back = read_metrics(text, task, 7);
    ASSERT_EQ(back.size(), 50U);
    std::string again = metrics_header(task);
    double best = std::numeric_limits<double>::infinity();
    for (const Progress& epoch : back) {
      again += metrics_line(task, epoch);
      EXPECT_EQ(epoch.is_best, epoch.validation->loss < best) << epoch.epoch;
      if (epoch.is_best) best = epoch.validation->loss;
      EXPECT_EQ(epoch.validation->rows, 7);
    }
    EXPECT_EQ(again, text);
    EXPECT_EQ(read_metrics(text.substr(0, text.size() - 1), task, 7).size(), 49U) << "cut off";
    EXPECT_EQ(read_metrics(text + "52" + text.substr(text.rfind("\n50,") + 3), task, 7).size(),
              50U);
    EXPECT_FALSE(read_metrics(text, task, 0).front().validation.has_value());
  }
}

}  // namespace
}  // namespace chainrule
