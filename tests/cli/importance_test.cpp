// chainrule explain RUN --row and chainrule importance: what they print. The numbers have tests of
// their own.
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/display.h"
#include "cli/program.h"
#include "explain/markup.h"
#include "given_data.h"

namespace chainrule::cli {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

void expect_to_fit(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80) << line;
}

class ColumnCommands : public CommandLine {
 protected:
  void SetUp() override {
    output({"train", iris, "--out", "flowers", "--epochs", "20", "--quiet"});
    output({"train", diabetes, "--out", "patients", "--epochs", "10", "--quiet"});
  }
};

TEST_F(ColumnCommands, TellWhyARowIsPredictedSo) {
  const std::string text = output({"explain", "flowers", "--row", "2"});
  EXPECT_THAT(text, StartsWith("Why this prediction: line 2 of iris.csv\n"));
  EXPECT_THAT(text, HasSubstr("The network takes the row for setosa, with probability 0."));
  EXPECT_THAT(text, HasSubstr("Taken apart are the log-odds of setosa"));
  EXPECT_THAT(text, ContainsRegex("\n  petal_length = 1.4 +[0-9]+\\.[0-9]{3} +"));
  EXPECT_THAT(text, HasSubstr("so the contributions are\nexact."));
  EXPECT_THAT(text, HasSubstr("Check passed."));
  expect_to_fit(text);
}

TEST_F(ColumnCommands, SlowTellNumbersInTheTargetsUnitsAndHowSureTheyAre) {
  const std::string predicted = output({"predict", "patients", diabetes});
  std::istringstream lines(predicted);
  std::string line;
  for (int i = 0; i < 5; ++i) std::getline(lines, line);  // the header, and lines 2 to 5
  const std::string text = output({"explain", "patients", "--row", "5", "--digits", "2"});
  EXPECT_THAT(text, HasSubstr("The network predicts progression = " +
                              fmt::format("{:.2f}", std::stod(line))));
  EXPECT_THAT(text, ContainsRegex("column +contribution +± +sum so far"));
  EXPECT_THAT(text, HasSubstr("95% of such estimates"));
  const auto rough =
      json({"explain", "patients", "--row", "5", "--evaluations", "2000", "--format", "json"});
  const auto fine = json({"explain", "patients", "--row", "5", "--format", "json"});
  EXPECT_GT(rough["reasons"]["parts"][0]["error"], fine["reasons"]["parts"][0]["error"]);
  EXPECT_EQ(rough["reasons"]["prediction"], fine["reasons"]["prediction"]);
}

TEST_F(ColumnCommands, TellWhatAnotherValueWouldDo) {
  const Arguments asked{"explain", "flowers",       "--row", "2",
                        "--set",   "petal_width=2", "--set", "petal_length=5"};
  const std::string text = output(asked);
  EXPECT_THAT(text, HasSubstr("2. What if petal_width = 2, petal_length = 5\n"));
  EXPECT_THAT(text, ContainsRegex("column +as it is +then +change"));
  EXPECT_THAT(text, ContainsRegex("\n  \\(prediction\\) +[0-9.]+ +-[0-9.]+ +-[0-9.]+\n"));
  expect_to_fit(text);
}

TEST_F(ColumnCommands, TellOfARowInAnotherFileAndOfAnotherClass) {
  write("new.csv", "sepal_width,sepal_length,petal_length,petal_width\n3.5,5.1,1.4,0.2\n");
  const auto other = json({"explain", "flowers", "--row", "2", "--from", "new.csv", "--for",
                           "virginica", "--format", "json"});
  EXPECT_EQ(other["row"]["file"], "new.csv");
  EXPECT_EQ(other["row"]["label"], nullptr);
  EXPECT_EQ(other["row"]["predicted"], "setosa");
  EXPECT_EQ(other["reasons"]["of"], "virginica");
  EXPECT_LT(other["reasons"]["probability"], 0.5);
  const auto own =
      json({"explain", "flowers", "--row", "2", "--for", "virginica", "--format", "json"});
  EXPECT_EQ(other["reasons"], own["reasons"]) << "the same row";
}

TEST_F(ColumnCommands, TellItInKoreanAndInEveryFormat) {
  const Arguments asked{"explain", "flowers", "--row", "2", "--set", "petal_width="};
  for (const char* language : {"en", "ko"})
    for (const char* format : {"text", "markdown", "latex", "html", "json"}) {
      Arguments all = asked;
      all.insert(all.end(), {"--lang", language, "--format", format});
      const std::string page = output(all);
      EXPECT_THAT(page, HasSubstr("petal")) << format;
      if (std::string(format) == "html") {
        EXPECT_NO_THROW(parse_markup(page));
      }
      if (std::string(format) == "text") expect_to_fit(page);
    }
  Arguments korean = asked;
  korean.insert(korean.end(), {"--lang", "ko"});
  EXPECT_THAT(output(korean), AllOf(HasSubstr("열마다의 기여"), HasSubstr("petal_width = (결측치)"),
                                    HasSubstr("검산을 통과했습니다.")));
}

TEST_F(ColumnCommands, SlowTellOnlyTheStrongestOfManyColumns) {
  const std::string text = output({"explain", "patients", "--row", "5", "--top", "3"});
  EXPECT_THAT(text, HasSubstr("(the other 7 columns)"));
  EXPECT_THAT(text, HasSubstr("Check passed."));
}

TEST_F(ColumnCommands, TellWhichColumnsMatter) {
  const std::string text = output({"importance", "flowers"});
  EXPECT_THAT(text, StartsWith("How much worse the predictions of 30 test rows get"));
  EXPECT_THAT(text, ContainsRegex("column +log loss +95% interval +accuracy"));
  EXPECT_THAT(text, HasSubstr("As they are: log loss 0."));
  EXPECT_THAT(text, HasSubstr("The mean probability if all rows had this value:"));
  EXPECT_THAT(text, ContainsRegex("petal_[a-z]+ +setosa +versicolor +virginica"));
  expect_to_fit(text);
  const std::string numbers = output({"importance", "patients", "--top", "2", "--curves", "1"});
  EXPECT_THAT(numbers, HasSubstr("and 8 more; --top N shows more"));
  EXPECT_THAT(numbers, HasSubstr("As they are: RMSE "));
}

TEST_F(ColumnCommands, TellTheSameAsJson) {
  const auto result = json({"importance", "flowers", "--json", "--curves", "2"});
  EXPECT_EQ(result["rows"], 30);
  EXPECT_EQ(result["columns"].size(), 4U);
  EXPECT_EQ(result["curves"].size(), 2U);
  EXPECT_EQ(result["curves"][0]["column"], result["columns"][0]["column"]);
  const auto& point = result["curves"][0]["points"][0]["prediction"];
  EXPECT_NEAR(point["setosa"].get<double>() + point["versicolor"].get<double>() +
                  point["virginica"].get<double>(),
              1, 1e-5);
  const auto scores = json({"evaluate", "flowers", iris, "--json"});
  const auto all = json({"importance", "flowers", iris, "--json"});
  EXPECT_EQ(all["rows"], 150);
  EXPECT_NEAR(all["log_loss"].get<double>(), scores["log_loss"].get<double>(), 1e-9);
}

TEST_F(ColumnCommands, StandInTheReportToo) {
  EXPECT_THAT(read("flowers/report.html"), HasSubstr("Which columns matter"));
  output({"report", "flowers", "--lang", "ko", "-o", "ko.html"});
  EXPECT_THAT(read("ko.html"), HasSubstr("중요한 열"));
}

TEST_F(ColumnCommands, RefuseWhatMakesNoSense) {
  expect_refusal({"explain", "flowers", "--set", "petal_width=1"}, 2,
                 "--from, --set, --for and --evaluations are about a row's prediction; say which "
                 "row: --row K");
  expect_refusal({"explain", "flowers", "loss", "--row", "2"}, 2,
                 "--row asks why the final model predicts what it does for a row; loss is about a "
                 "step of the training: ask for one of both");
  expect_refusal({"explain", "flowers", "--row", "2", "--step", "3"}, 2,
                 "--row asks why the final model predicts what it does for a row; --step, "
                 "--sample and --depth are about a step of the training: ask for one of both");
  expect_refusal({"explain", "flowers", "--row", "2", "--set", "petal_width"}, 2,
                 "--set petal_width: give a column and its value, as in --set age=40");
  expect_refusal({"explain", "flowers", "--row", "0"}, 2, "--row 0: give a number from 1");
  expect_refusal({"importance", "flowers", "--shuffles", "0"}, 2,
                 "--shuffles 0: give a number from 1");
}

}  // namespace
}  // namespace chainrule::cli
