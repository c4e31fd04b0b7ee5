// Runs from before files had headers and hashes, of which tests/train/format0 is one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/explain.h"
#include "train/record/record.h"
#include "train/run_files.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;
using testing::StartsWith;

using Recorded = Run;  // every test has a member function Run

class Format0 : public RunFilesTest {
 protected:
  Format0() {
    fs::copy(project + "/tests/train/format0", folder_.file("run"), fs::copy_options::recursive);
  }

  const RunOptions options_{.threads = 1, .data = project + "/data/iris.csv"};
};

TEST_F(Format0, IsStillReadAndReplayed) {
  const RunFiles files = check_files(folder_.file("run"));
  EXPECT_EQ(files.format, 0);
  EXPECT_THAT(files.damaged, IsEmpty());
  Recorded replay = Recorded::open(folder_.file("run"), options_);
  EXPECT_FALSE(replay.data_changed());
  EXPECT_EQ(replay.steps(), 12);
  replay.go_to(8);
  EXPECT_EQ(replay.hash(), read_record(read_file(path(record_name)), "").lines.at(4).hash);
  // Made with AVX2 and layout 0 of the arithmetic. It is so small that layout 1 has the same bits.
  EXPECT_FALSE(replay.verify().difference.has_value());
  EXPECT_THAT(english(replay.notes()), testing::ElementsAre(testing::HasSubstr("layout 0")));
  EXPECT_THAT(SavedRun::open(folder_.file("run")).predict(options_.data).csv,
              StartsWith("species,probability\n"));
  EXPECT_TRUE(explain(replay, {.quantity = "loss", .step = 9}).passed);
}

TEST_F(Format0, IsResumedInTodaysFormat) {
  const std::string last = read_record(read_file(path(record_name)), "").lines.back().hash;
  fs::remove(path(summary_name));
  fs::remove(path(model_name));
  fs::remove(path("checkpoints/12.safetensors"));
  resume_run(folder_.file("run"), options_, observer());
  const RunFiles files = check_files(folder_.file("run"));
  EXPECT_EQ(files.format, newest_format);
  EXPECT_THAT(files.damaged, IsEmpty());
  Recorded replay = Recorded::open(folder_.file("run"), options_);
  replay.go_to(12);
  EXPECT_EQ(replay.hash(), last);
  EXPECT_EQ(files.layout, 0) << "it began with that one";
}

}  // namespace
}  // namespace chainrule
