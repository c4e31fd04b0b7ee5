// chainrule train --profile
#include "cli/program.h"

#include <sstream>

#include <gmock/gmock.h>

#include "base/display.h"
#include "given_data.h"

namespace chainrule::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

using ProfileOption = CommandLine;

TEST_F(ProfileOption, TellsEachLayersPassesIn80Columns) {
  const std::string out = output({"train", iris, "--epochs", "3", "--batch-size", "35", "--profile",
                                  "--hidden", "30,20", "--threads", "2"});
  const std::string table = out.substr(out.find("Where the time went"));
  EXPECT_THAT(table, HasSubstr("Where the time went: 9 steps in "));
  for (const char* line :
       {"layer +pass +[um]s +share +GF/s +x floor\n", "dense1 +forward +[0-9.]+ +[0-9.]+%",
        "dense2 +input gradient ", "dense3 +weight gradient, update ", "loss +forward ",
        "data +gathering rows ", "other +compiling, scores, rest ", "all +whole steps "})
    EXPECT_THAT(table, ContainsRegex(line));
  EXPECT_THAT(table, HasSubstr("Trace of the first 9 steps: runs/1/profile.json\n"));
  EXPECT_THAT(table, HasSubstr("thread that hands out the work"));
  EXPECT_THAT(table, HasSubstr("Saved in runs/1."));
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80) << line;
}

TEST_F(ProfileOption, WritesATraceAndChangesNothingElse) {
  output({"train", iris, "--epochs", "3", "--batch-size", "35", "--out", "plain"});
  output({"train", iris, "--epochs", "3", "--batch-size", "35", "--out", "profiled", "--profile"});
  EXPECT_EQ(read("profiled/model.safetensors"), read("plain/model.safetensors"));
  EXPECT_EQ(read("profiled/config.toml"), read("plain/config.toml"));
  EXPECT_FALSE(files().contains("plain/profile.json"));
  const auto trace = parsed(read("profiled/profile.json"));
  EXPECT_GT(trace["traceEvents"].size(), 9U);
  EXPECT_EQ(trace["otherData"]["steps"], 9);
}

TEST_F(ProfileOption, SaysWhereAStepIsOnePieceOfCode) {
  const std::string out =
      output({"train", iris, "--epochs", "1", "--hidden", "0", "--batch-size", "1", "--profile"});
  if (out.find("dense1  forward") != std::string::npos)
    GTEST_SKIP() << "this machine has no generated code";
  EXPECT_THAT(out, HasSubstr("step   all, straight-line code"));
  EXPECT_THAT(out, HasSubstr("one piece of straight-line code, as small ones are"));
}

TEST_F(ProfileOption, IsPartOfTheJson) {
  const auto result =
      json({"train", iris, "--epochs", "3", "--batch-size", "35", "--json", "--profile"});
  EXPECT_EQ(result, summary_of("runs/1"));
  EXPECT_EQ(result["profile"]["steps"], 9);
  double share = 0;
  for (const auto& line : result["profile"]["lines"]) {
    EXPECT_TRUE(line["layer"].is_string() && line["pass"].is_string());
    share += line["share"].get<double>();
  }
  EXPECT_NEAR(share, 1, 1e-9);
  EXPECT_FALSE(json({"train", iris, "--epochs", "1", "--json"}).contains("profile"));
}

TEST_F(ProfileOption, IsForOneRunNotForItsConfig) {
  output({"train", iris, "--epochs", "2", "--batch-size", "35", "--profile", "--out", "first"});
  EXPECT_THAT(output({"train", "--config", "first/config.toml", "--out", "second"}),
              Not(HasSubstr("Where the time went")));
  EXPECT_THAT(output({"train", "--config", "first/config.toml", "--profile", "--quiet"}),
              HasSubstr("Where the time went: 6 steps"));
}

}  // namespace
}  // namespace chainrule::cli
