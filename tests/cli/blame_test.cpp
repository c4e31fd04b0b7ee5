// chainrule blame: what it prints. The influences themselves have tests of their own.
#include <sstream>

#include <gmock/gmock.h>

#include "base/display.h"
#include "cli/program.h"
#include "given_data.h"

namespace chainrule::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class BlameCommand : public CommandLine {
 protected:
  void SetUp() override {
    output({"train", iris, "--out", "flowers", "--epochs", "10", "--quiet", "--test", "0.3"});
  }
};

TEST_F(BlameCommand, SaysWhatTheRowIsAndWhoPushedIt) {
  const std::string text = output({"blame", "flowers", "--row", "2"});
  EXPECT_THAT(text, StartsWith("line 2 of iris.csv, a "));
  EXPECT_THAT(text, HasSubstr("\nlabelled setosa, predicted setosa (probability "));
  EXPECT_THAT(text, HasSubstr("  line  label   predicted  probability  influence  pushed\n"));
  EXPECT_THAT(text, HasSubstr("towards setosa"));
  EXPECT_THAT(text, HasSubstr("training rows, "));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80) << line;
}

TEST_F(BlameCommand, GivesTheSameAsJson) {
  const auto result = json({"blame", "flowers", "--row", "2", "--top", "4", "--json"});
  EXPECT_EQ(result["asked"]["line"], 2);
  EXPECT_EQ(result["asked"]["label"], "setosa");
  EXPECT_EQ(result["influences"].size(), 4U);
  const std::string text = output({"blame", "flowers", "--row", "2", "--top", "1"});
  const auto& first = result["influences"][0];
  EXPECT_THAT(text, HasSubstr(std::to_string(first["line"].get<int>()) + "  " +
                              first["label"].get<std::string>()));
  const auto suspects = json({"blame", "flowers", "--suspects", "--top", "7", "--json"});
  EXPECT_EQ(suspects["suspects"].size(), 7U);
  EXPECT_GE(suspects["suspects"][0]["loss"], suspects["suspects"][6]["loss"]);
}

TEST_F(BlameCommand, NamesSuspects) {
  const std::string text = output({"blame", "flowers", "--suspects", "--top", "3"});
  EXPECT_THAT(text, StartsWith("The training rows whose labels are most suspicious, of "));
  EXPECT_THAT(text, HasSubstr("  line  label       predicted  probability   loss\n"));
}

TEST_F(BlameCommand, LooksAtTheTrainingUpToTheStepAskedFor) {
  const auto early = json({"blame", "flowers", "--row", "2", "--step", "10", "--json"});
  EXPECT_EQ(early["step"], 10);
  EXPECT_EQ(early["points"], (std::vector<int>{1, 3, 5, 7, 9}));
}

TEST_F(BlameCommand, WarnsOfChangedData) {
  std::string text = cli::read(iris);
  text.replace(text.find("5.1,"), 3, "5.2");
  write("changed.csv", text);
  const Outcome outcome = run({"blame", "flowers", "--row", "2", "--data", "changed.csv"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("has changed since the run was made"));
}

TEST_F(BlameCommand, RefusesWhatMakesNoSense) {
  const std::string one_thing =
      "blame: ask for one thing: --row K or --test-row K, a row whose prediction is in question, "
      "or --suspects, the rows whose labels are";
  expect_refusal({"blame", "flowers"}, 2, one_thing);
  expect_refusal({"blame", "flowers", "--row", "2", "--suspects"}, 2, one_thing);
  expect_refusal({"blame", "flowers", "--row", "0"}, 2, "--row 0: give a number from 1");
  expect_refusal({"blame", "flowers", "--row", "two"}, 2, "--row two: give a whole number");
  expect_refusal({"blame", "flowers", "--suspects", "--top", "0"}, 2,
                 "--top 0: give a number from 1");
  expect_refusal({"blame", "flowers", "--row", "2", "--step", "100000"}, 2,
                 "step 100000: the run has steps 1 to 60");
  expect_refusal({"blame", "nowhere", "--row", "2"}, 3,
                 "nowhere: there is no such file; check the path");
}

}  // namespace
}  // namespace chainrule::cli
