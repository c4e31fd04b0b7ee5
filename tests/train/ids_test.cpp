// Rows of ids from a table to the explanation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "data/temporary_folder.h"
#include "train/run_files.h"

namespace chainrule {
namespace {

using Recorded = Run;

constexpr const char* table_of_ids = R"([network]
[[network.layer]]
type = "embedding"
entries = 5
size = 3
[[network.layer]]
type = "dense"
units = 8
activation = "tanh"
[[network.layer]]
type = "reshape"
shape = [2, 4]
[[network.layer]]
type = "layer_norm"
[[network.layer]]
type = "dense"
units = 2
)";

// Which of two ids comes first decides the class.
std::string pairs() {
  std::string text = "a,b,class\n";
  for (int a = 0; a < 5; ++a)
    for (int b = 0; b < 5; ++b)
      for (int times = 0; times < 4; ++times)
        text += std::to_string(a) + "," + std::to_string(b) + (a < b ? ",less\n" : ",more\n");
  return text;
}

class Ids : public testing::Test {
 protected:
  TrainRequest request(const std::string& name) const {
    TrainRequest request{.data = data_, .out = folder_.file(name)};
    request.model_file = folder_.write("net.toml", table_of_ids);
    request.encode.scaling = data::Scaling::none;
    request.epochs = 40;
    request.learning_rate = 0.03;
    request.batch_size = 10;
    request.seed = 3;
    request.threads = 1;
    request.checkpoint_every = 7;
    return request;
  }
  std::string bytes(const std::string& run) const {
    return read_file(folder_.file(run + "/model.safetensors"));
  }

  const TemporaryFolder folder_;
  const std::string data_ = folder_.write("pairs.csv", pairs());
};

TEST_F(Ids, AreLearntResumedReplayedAndExplained) {
  const RunResult result = train_run(request("whole"));
  EXPECT_GT(result.test.accuracy, 0.9);
  train_run(request("cut"), ending_after(4));
  resume_run(folder_.file("cut"), {.threads = 2});
  EXPECT_EQ(bytes("cut"), bytes("whole"));
  auto run = Recorded::open(folder_.file("whole"), {.threads = 3});
  EXPECT_FALSE(run.verify().difference);
  for (const char* quantity : {"embedding1.weight[3,1]", "embedding1.weight[3,1].gradient",
                               "embedding1[2,1,0]", "dense1.z[2,1]", "loss"}) {
    const Explanation story = explain(run, {.quantity = quantity, .step = 9});
    EXPECT_TRUE(story.passed) << quantity << "\n" << story.page;
  }
}

TEST_F(Ids, ThatAreNoneAreRefusedAtTheirRow) {
  TrainRequest scaled = request("scaled");
  scaled.encode.scaling = data::Scaling::standard;
  EXPECT_THAT(message_of<DataError>([&] { train_run(scaled); }, folder_),
              testing::HasSubstr("embedding1 takes ids, whole numbers from 0 to 4, and number 1 of "
                                 "the row is -"));
  train_run(request("run"));
  SavedRun saved = SavedRun::open(folder_.file("run"));
  const std::string next = folder_.write("next.csv", "a,b\n1,2\n4,5\n");
  EXPECT_EQ(message_of<DataError>([&] { saved.predict(next, {}); }, folder_),
            "next.csv:3: embedding1 takes ids, whole numbers from 0 to 4, and number 2 of the row "
            "is 5; train with more entries in that layer, or leave the row out");
}

}  // namespace
}  // namespace chainrule
