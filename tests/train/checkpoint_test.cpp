// Checkpoints, the record and the metrics as files: exact there and back, and damage is seen.
#include "train/record/checkpoint.h"

#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "chainrule/error.h"
#include "data/temporary_folder.h"

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

TEST(Checkpoints, AreTakenOnlyForWhatTheyAre) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("checkpoints"));
  const auto write = [&](std::int64_t step, const std::string& run) {
    Checkpoint checkpoint = an_example();
    checkpoint.header = header_of(run);
    checkpoint.step = step;
    write_checkpoint(folder.file(checkpoint_name(9)), checkpoint);
  };
  const std::string state = state_hash(variable_list(an_example().variables));
  const auto reading = [&](const std::vector<RecordLine>& record) {
    return message_of<DataError>([&] { read_checkpoint_of(folder.path(), 9, "mine", record); },
                                 folder);
  };
  write(9, "mine");
  EXPECT_EQ(reading({{9, 1, state}}), "");
  EXPECT_EQ(reading({{9, 1, "0123"}}),
            "checkpoints/9.safetensors: holds another state than the record has for its step; the "
            "one before it can be used");
  EXPECT_EQ(reading({{8, 1, state}}),
            "checkpoints/9.safetensors: is of a step that the record does not have; the one before "
            "it can be used");
  write(9, "yours");
  EXPECT_EQ(reading({{9, 1, state}}),
            "checkpoints/9.safetensors: is of another run, yours; the one before it can be used");
  write(8, "mine");
  EXPECT_EQ(reading({{9, 1, state}}),
            "checkpoints/9.safetensors: is of step 8; the one before it can be used");
}

TEST(Checkpoints, OfALaterFormatAreRefusedWithTheVersionThatWroteThem) {
  const TemporaryFolder folder;
  Checkpoint checkpoint = an_example();
  checkpoint.header = {.format = 7, .version = "3.1.4", .run = "mine", .instruction_set = "x"};
  write_checkpoint(folder.file("9.safetensors"), checkpoint);
  EXPECT_THAT(
      message_of<DataError>([&] { read_checkpoint(folder.file("9.safetensors")); }, folder),
      testing::StartsWith("9.safetensors: was written in format 7 by chainrule 3.1.4; chainrule "));
}

}  // namespace
}  // namespace chainrule
