// Ranks train on files of which no rank has all rows in memory.
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "chainrule/run.h"
#include "data/array_bytes.h"
#include "data/stored_rows.h"
#include "data/temporary_folder.h"
#include "ranks/thread_ranks.h"

namespace chainrule {
namespace {

// A little more than stays in memory.
constexpr std::int64_t rows = 1100, width = 61'440;
static_assert(rows * width > data::largest_in_memory);

std::uint8_t pixel(std::int64_t row, std::int64_t feature) {
  return static_cast<std::uint8_t>(row * 31 + feature * (row % 3 + 1));
}

std::string pixels(bool is_fortran_order) {
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(rows * width));
  if (is_fortran_order) {
    for (std::int64_t f = 0; f < width; ++f)
      for (std::int64_t row = 0; row < rows; ++row) bytes += static_cast<char>(pixel(row, f));
    return bytes;
  }
  constexpr std::int64_t period = 256;  // of a row's pixels
  for (std::int64_t row = 0; row < rows; ++row) {
    std::string some;
    for (std::int64_t f = 0; f < period; ++f) some += static_cast<char>(pixel(row, f));
    for (std::int64_t f = 0; f < width; f += period) bytes += some;
  }
  return bytes;
}

class LargeFiles : public testing::Test {
 protected:
  LargeFiles() {
    for (const char* folder : {"here", "there"}) std::filesystem::create_directory(at(folder));
    write_x("here", false);
    write_y("here");
  }

  std::string at(const std::string& name) const { return folder_.file(name); }

  void write_x(const std::string& folder, bool is_fortran_order) const {
    folder_.write(folder + "/X.npy", data::npy_of("|u1", fmt::format("({}, {})", rows, width),
                                                  pixels(is_fortran_order), is_fortran_order));
  }
  void write_y(const std::string& folder) const {
    std::string classes(static_cast<std::size_t>(rows), '\0');
    for (std::int64_t row = 0; row < rows; ++row)
      classes[static_cast<std::size_t>(row)] = static_cast<char>(row % 3);
    folder_.write(folder + "/y.npy", data::npy_of("|u1", fmt::format("({},)", rows), classes));
  }

  TrainRequest request(const std::string& folder, const std::string& out) const {
    return {.data = at(folder),
            .out = at(out),
            .hidden = std::vector<std::int64_t>{},  // quick, and none beside it to compare with
            .learning_rate = 1e-4,
            .batch_size = 256,
            .shards = 4,
            .epochs = 2,
            .seed = 3,
            .threads = 1,
            .checkpoint_every = 1};
  }

  // What each of two ranks says, of which rank 1 has its data elsewhere.
  std::vector<std::string> said_by_two() const {
    std::vector<std::string> said(2);
    ThreadRanks(2).run([&](Communicator& self) {
      TrainRequest own = request(self.rank() == 0 ? "here" : "there", "refused");
      own.data += "/X.npy";
      own.ranks = &self;
      said[static_cast<std::size_t>(self.rank())] =
          message_of<DataError>([&] { train_run(own); }, folder_);
    });
    return said;
  }

  const TemporaryFolder folder_;
};

TEST_F(LargeFiles, SlowTrainToTheBitsOfTheSameNumbersInMemory) {
  train_run(request("here", "in_file"));
  // A file in Fortran order is read as a whole.
  std::filesystem::remove(at("here/X.npy"));
  write_x("here", true);
  ASSERT_FALSE(data::stored_array(at("here/X.npy")).has_value());
  train_run(request("here", "in_memory"));
  for (const char* file : {"/record.csv", "/model.safetensors"})
    EXPECT_EQ(read_file(at("in_file") + file), read_file(at("in_memory") + file));
  EXPECT_THAT(read_file(at("in_file/record.csv")), testing::HasSubstr("\n6,"));
}

TEST_F(LargeFiles, AreReadByEachRankForItself) {
  train_run(request("here", "alone"));
  std::filesystem::copy(at("here/X.npy"), at("there/X.npy"));  // and no targets
  ThreadRanks(3).run([&](Communicator& self) {
    TrainRequest own = request(self.rank() == 0 ? "here" : "there", "ranks");
    own.data += "/X.npy";
    own.ranks = &self;
    train_run(own);
  });
  EXPECT_EQ(read_file(at("ranks/record.csv")), read_file(at("alone/record.csv")));
  EXPECT_EQ(read_file(at("ranks/model.safetensors")), read_file(at("alone/model.safetensors")));
}

TEST_F(LargeFiles, ThatDifferAreFoundAtTheStart) {
  EXPECT_THAT(
      said_by_two(),
      testing::Each(testing::StartsWith("rank 1 on thread1: there/X.npy: there is no such file")));
  std::string bytes = pixels(false);
  bytes.back() ^= 1;
  folder_.write("there/X.npy", data::npy_of("|u1", fmt::format("({}, {})", rows, width), bytes));
  EXPECT_THAT(said_by_two(),
              testing::Each(testing::MatchesRegex(
                  "rank 1 on thread1 has another content in here/X.npy than rank 0 on thread0: "
                  "shape \\[1100, 61440\\], crc32 [0-9a-f]+, not shape .*, crc32 [0-9a-f]+")));
  folder_.write("there/X.npy", data::npy_of("|u1", "(2, 2)", "abcd"));
  EXPECT_THAT(
      said_by_two(),
      testing::Each(testing::StartsWith("rank 1 on thread1: there/X.npy: is no plain array file")));
  EXPECT_FALSE(is_there(at("refused")));
}

}  // namespace
}  // namespace chainrule
