// chainrule compare, and replay that asks what if: what they print and refuse. What they find has
// tests of its own.
#include <gmock/gmock.h>

#include "cli/program.h"
#include "given_data.h"

namespace chainrule::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ChangesCommand : public CommandLine {
 protected:
  void SetUp() override { train("one", "0.01"); }
  void train(const char* folder, const char* rate) const {
    output({"train", iris, "--out", folder, "--epochs", "6", "--quiet", "--lr", rate, "--hidden",
            "5", "--seed", "3"});
  }
};

TEST_F(ChangesCommand, CompareTellsWhatDiffers) {
  train("two", "0.02");
  const std::string text = output({"compare", "one", "two"});
  EXPECT_THAT(text, StartsWith("one (A) and two (B) compared\n"));
  EXPECT_THAT(text, HasSubstr("optimizer.learning_rate: A has 0.01, B has 0.02."));
  EXPECT_THAT(text, HasSubstr("Step 1 is the first that leaves other bits"));
  EXPECT_THAT(text, HasSubstr("Its learning rates differ."));
  EXPECT_THAT(text, HasSubstr("test accuracy"));
  const std::string korean = output({"compare", "one", "two", "--lang", "ko"});
  EXPECT_THAT(korean, HasSubstr("1번째 스텝이 처음으로 다른 비트를 남깁니다."));
  EXPECT_THAT(korean, HasSubstr("테스트 정확도"));
  const auto json = this->json({"compare", "one", "two", "--json"});
  EXPECT_EQ(json["settings"][0]["values"][1], "0.02");
  EXPECT_EQ(json["parting"]["step"], 1);
  output({"compare", "one", "two", "-o", "page.html"});
  EXPECT_THAT(read("page.html"), StartsWith("<!DOCTYPE html>"));
  expect_refusal({"compare", "one", "nowhere"}, 3,
                 "nowhere: there is no such file; check the path");
}

TEST_F(ChangesCommand, ReplayAsksWhatIf) {
  const auto row = json({"blame", "one", "--suspects", "--top", "1", "--json"});
  write("rows.txt", row["suspects"][0]["line"].dump() + "\n");
  const std::string text =
      output({"replay", "one", "--without-rows", "rows.txt", "--out", "without"});
  EXPECT_THAT(text, StartsWith("one (A) and without (B) compared\n"));
  EXPECT_THAT(text, HasSubstr("Its rows do not count the same in the batch's mean."));
  EXPECT_THAT(text, HasSubstr("what_if.without_rows: A has none, B has ["));
  EXPECT_THAT(output({"replay", "without", "--verify"}), HasSubstr("hashes are met again"));
  EXPECT_THAT(run({"summary", "without"}).code, 0);
  EXPECT_THAT(run({"replay", "without"}).err,
              HasSubstr("note: without asks what if: it is the run "));
  EXPECT_THAT(output({"verify", "without"}), HasSubstr("report.html"));
  for (const char* command : {"predict", "evaluate"})
    EXPECT_THAT(run({command, "without", iris}).err,
                HasSubstr("without asks what if: it is the run "))
        << command;
  EXPECT_THAT(read("without/report.html"), HasSubstr("without 1 of its training rows"));
  EXPECT_EQ(run({"report", "without", "-o", "again.html"}).code, 0);
  EXPECT_EQ(read("again.html"), read("without/report.html"));
  const std::string set = output({"replay", "one", "--set", "dense1.weight[1,2]=0", "--set",
                                  "dense2.bias[0]=1", "--at", "9", "--lang", "ko", "--out", "set"});
  EXPECT_THAT(set, HasSubstr("9번째 스텝이 처음으로 다른 비트를 남깁니다."));
}

TEST_F(ChangesCommand, DiffTellsWhatMoved) {
  const std::string text = output({"diff", "one", "--from", "4", "--to", "9", "--top", "3"});
  EXPECT_THAT(text, StartsWith("What moved between the steps 4 and 9\n"));
  EXPECT_THAT(text, HasSubstr("dense1.weight"));
  const auto json = this->json({"diff", "one", "--from", "4", "--to", "9", "--top", "3", "--json"});
  EXPECT_EQ(json["weights"].size(), 3U);
  EXPECT_EQ(json["from"], 4);
  EXPECT_THAT(output({"diff", "one", "--to", "9", "--lang", "ko"}),
              StartsWith("0번째와 9번째 스텝 사이에 움직인 것\n"));
  expect_refusal({"diff", "one", "--from", "9", "--to", "4"}, 2,
                 "steps 9 to 4: one has recorded the steps from 0 to 42; name an earlier and a "
                 "later one");
}

TEST_F(ChangesCommand, ExplainTellsOfEpochs) {
  EXPECT_THAT(output({"explain", "one", "validation.loss"}),
              StartsWith("The validation loss, epoch by epoch\n"));
  const std::string text = output({"explain", "one", "validation.loss", "--epoch", "3"});
  EXPECT_THAT(text, HasSubstr("Check passed."));
  const auto json =
      this->json({"explain", "one", "validation.loss", "--epoch", "3", "--format", "json"});
  EXPECT_EQ(json["agrees"], true);
  expect_refusal({"explain", "one", "validation.loss", "--epoch", "9"}, 2,
                 "epoch 9: the run has the epochs 1 to 6");
}

TEST_F(ChangesCommand, RefusesWhatDoesNotGoTogether) {
  expect_refusal({"replay", "one", "--set", "dense1.bias[0]=1"}, 2,
                 "--set and --at belong together: --set dense1.weight[3,5]=0 --at 100");
  expect_refusal({"replay", "one", "--out", "two"}, 2,
                 "--out is where a run with --without-rows or --set is saved; give one of those");
  expect_refusal({"replay", "one", "--set", "dense1.bias[0]=1", "--at", "4", "--verify"}, 2,
                 "--without-rows and --set make a run of its own; leave --to, --verify and -o out, "
                 "and ask them of that run");
  expect_refusal({"replay", "one", "--set", "dense1.bias[7]=1", "--at", "4", "--out", "two"}, 2,
                 "dense1.bias[7]=1: dense1.bias has shape [5], and indices count from 0");
}

}  // namespace
}  // namespace chainrule::cli
