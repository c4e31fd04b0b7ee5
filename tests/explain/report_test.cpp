// The report of a run: a page that stands alone and says what the run's other files say.
#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/explain.h"
#include "cli/program.h"
#include "explain/markup.h"
#include "explain/write/chart.h"

namespace chainrule {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Trained {
  std::string page;
  RunResult result;
};

Trained trained(const TemporaryFolder& folder, const std::string& data, std::int64_t epochs = 10) {
  Trained trained;
  TrainRequest request;
  request.data = data;
  request.out = folder.file("run");
  request.epochs = epochs;
  RunObserver observer;
  observer.on_saved = [&](const RunPlan& plan, const RunResult& result) {
    trained.page = report(plan, result);
  };
  trained.result = train_run(request, observer);
  return trained;
}

void expect_to_stand_alone(const std::string& page) {
  EXPECT_NO_THROW(parse_markup(page));
  EXPECT_THAT(page, Not(HasSubstr("http")));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

TEST(Report, SaysWhatTheResultSays) {
  const TemporaryFolder folder;
  const Trained iris = trained(folder, cli::source("data/iris.csv"));
  expect_to_stand_alone(iris.page);
  EXPECT_THAT(iris.page, HasSubstr(fmt::format("{:.2f}%", 100 * iris.result.test.accuracy)));
  EXPECT_THAT(iris.page, HasSubstr("versicolor"));
  EXPECT_THAT(iris.page, HasSubstr("Learning curves"));
  EXPECT_THAT(iris.page, HasSubstr("petal_width"));
  EXPECT_THAT(iris.page, HasSubstr("chainrule explain "));
}

TEST(Report, IsTheSameWhenItIsMadeAgainFromTheFolder) {
  const TemporaryFolder folder;
  for (const char* data : {"data/iris.csv", "data/diabetes.csv"}) {
    const TemporaryFolder run;
    const Trained first = trained(run, cli::source(data));
    EXPECT_EQ(report(run.file("run")), first.page) << data;
  }
}

TEST(Report, IsThereInKorean) {
  const TemporaryFolder folder;
  trained(folder, cli::source("data/diabetes.csv"));
  const std::string page = report(folder.file("run"), Language::ko);
  expect_to_stand_alone(page);
  EXPECT_THAT(page, HasSubstr("학습 곡선"));
  EXPECT_THAT(page, HasSubstr("lang=\"ko\""));
}

TEST(Report, NamesFromTheDataAreTextAndNothingElse) {
  const TemporaryFolder folder;
  std::string csv = "a<b>,\"c&\"\"d\",kind\n";
  for (int i = 0; i < 60; ++i)
    csv += fmt::format("{},{},{}\n", i, (i * 7) % 11, i % 2 == 0 ? "<i>x" : "y&z");
  const Trained odd = trained(folder, folder.write("odd.csv", csv));
  expect_to_stand_alone(odd.page);
  EXPECT_THAT(odd.page, HasSubstr("a&lt;b&gt;"));
}

TEST(Report, OfARunThatDivergedNamesTheWayToTheCause) {
  const TemporaryFolder folder;
  TrainRequest request;
  request.data = cli::source("data/diabetes.csv");
  request.out = folder.file("run");
  request.optimizer = "sgd";
  request.learning_rate = 1e20;
  std::string page;
  RunObserver observer;
  observer.on_saved = [&](const RunPlan& plan, const RunResult& result) {
    page = report(plan, result);
  };
  ASSERT_EQ(train_run(request, observer).history.stopped, StopReason::diverged);
  expect_to_stand_alone(page);
  EXPECT_THAT(page, HasSubstr("chainrule trace "));
}

TEST(Charts, LeaveOutWhatIsNoNumberAndNeverDivideByAnEmptyRange) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::vector<std::pair<double, double>>> cases{
      {}, {{1, 5}}, {{1, 5}, {2, 5}}, {{1, nan}, {2, 3}}, {{1, 0}, {2, -1}}};
  for (const auto& points : cases)
    for (const bool logarithmic : {false, true}) {
      const std::string chart = page::svg(page::Chart{.title = "t",
                                                      .x_label = "x",
                                                      .y_label = "y",
                                                      .series = {{"s", points}},
                                                      .logarithmic = logarithmic});
      EXPECT_THAT(chart.substr(0, chart.find("<desc>")) + chart.substr(chart.find("</desc>")),
                  Not(::testing::ContainsRegex("nan|inf[^o]")));
      EXPECT_NO_THROW(parse_markup("<html>" + chart + "</html>"));
    }
}

}  // namespace
}  // namespace chainrule
