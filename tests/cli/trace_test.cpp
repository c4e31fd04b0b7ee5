// chainrule trace: from a run that diverged to the number where it began.
#include "cli/program.h"

#include <gmock/gmock.h>

#include "given_data.h"

namespace chainrule::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using TraceCommand = CommandLine;

TEST_F(TraceCommand, IsTheCommandThatADivergedRunNames) {
  const Outcome training =
      run({"train", diabetes, "--optimizer", "sgd", "--lr", "1e30", "--seed", "1", "--quiet"});
  EXPECT_EQ(training.code, 4);
  EXPECT_THAT(training.err, EndsWith("chainrule trace runs/1 --nan\n"));
  const std::string page = output({"trace", "runs/1", "--nan"});
  EXPECT_THAT(page, HasSubstr("the first number that is not finite"));
  EXPECT_THAT(page, HasSubstr("every step went too far"));
  EXPECT_THAT(page, EndsWith("Check passed.\n"));
}

TEST_F(TraceCommand, WritesEveryFormat) {
  run({"train", diabetes, "--optimizer", "sgd", "--lr", "1e30", "--seed", "1", "--out", "run"});
  EXPECT_TRUE(json({"trace", "run", "--nan", "--format", "json"})["check"]["passed"]);
  EXPECT_EQ(output({"trace", "run", "--nan", "--lang", "ko", "-o", "page.txt"}), "");
  EXPECT_THAT(read("page.txt"), HasSubstr("처음으로 유한하지 않은 수"));
}

TEST_F(TraceCommand, OfARunThatWentWellSaysSo) {
  output({"train", diabetes, "--epochs", "2", "--out", "run", "--quiet"});
  EXPECT_THAT(output({"trace", "run", "--nan"}), StartsWith("Every number is finite\n"));
}

TEST_F(TraceCommand, AndItsLikeSayWhatIsNoRun) {
  output({"train", diabetes, "--epochs", "1", "--quiet"});
  expect_refusal({"trace", "runs/1"}, 2,
                 "trace: say what to look for: --nan, for the first number that is NaN or "
                 "infinite; chainrule explain runs/1 tells of any other");
  write("net.toml", "[network]\n");
  write("folder/file", "");
  for (const Arguments& command : {Arguments{"replay"}, Arguments{"trace", "--nan"}}) {
    const auto expect = [&](const std::string& path, const std::string& message) {
      Arguments arguments = command;
      arguments.push_back(path);
      expect_refusal(arguments, 3, path + ": " + message);
    };
    expect("rusn", "there is no such file; did you mean \"runs\"?");
    expect("runs", "holds runs and is none itself; name one, such as runs/1");
    expect("runs/1/config.toml", "is a file in a run; give its folder, runs/1");
    expect("net.toml",
           "is a file, and a run is a folder that chainrule train made; chainrule explain takes a "
           "network's file");
    expect("folder",
           "holds no config.toml, so it is no run; give a folder that chainrule train made");
  }
  expect_refusal({"explain", "runs"}, 3,
                 "runs: holds runs and is none itself; name one, such as runs/1");
  expect_refusal({"explain", "runs/1/config.toml"}, 2,
                 "runs/1/config.toml: is a file in a run; give its folder, runs/1");
}

}  // namespace
}  // namespace chainrule::cli
