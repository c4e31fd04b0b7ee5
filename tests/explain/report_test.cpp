// The report of a run: a page that stands alone and says what the run's other files say.
#include <filesystem>
#include <limits>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/explain.h"
#include "cli/program.h"
#include "data/array_bytes.h"
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
  // Its script comes last, and needs nothing from elsewhere.
  const std::size_t script = page.find("<script>");
  EXPECT_EQ(page.find("<script"), script) << "with attributes";
  EXPECT_EQ(page.find("<script", script + 1), std::string::npos);
  EXPECT_GT(script, page.find("</main>"));
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

TEST(Report, SaysAtItsHeadHowItWasTrained) {
  const TemporaryFolder folder;
  TrainRequest request{.data = cli::source("data/iris.csv"), .out = folder.file("run")};
  request.optimizer = "rmsprop";
  request.learning_rate = 0.0125;
  request.schedule = Schedule{.shape = Schedule::Shape::exponential};
  request.epochs = 3;
  request.seed = 4711;
  const RunResult result = train_run(request);
  for (const Language language : {Language::en, Language::ko}) {
    const std::string page = report(folder.file("run"), language);
    const std::string head = page.substr(0, page.find("<section"));
    const bool is_english = language == Language::en;
    for (const char* fact : {is_english ? "rmsprop" : "RMSProp",
                             is_english ? "0.0125, exponential" : "0.0125, 지수 감쇠",
                             is_english ? "cross_entropy" : "교차 엔트로피", "4711"})
      EXPECT_THAT(head, HasSubstr(fact));
    EXPECT_THAT(
        head, HasSubstr(is_english ? fmt::format("{} of 3, by", result.history.best_epoch)
                                   : fmt::format("3에포크 중 {}번째", result.history.best_epoch)));
  }
}

TEST(Report, LeadsNowhereButToWhatIsThere) {
  const TemporaryFolder folder;
  const std::string page = trained(folder, cli::source("data/wine.csv"), 2).page;
  int links = 0;
  for (std::size_t at = 0; (at = page.find("href=\"#", at)) != std::string::npos; ++links) {
    at += 7;
    const std::string id = page.substr(at, page.find('"', at) - at);
    EXPECT_THAT(page, HasSubstr("id=\"" + id + "\"")) << id;
  }
  EXPECT_GE(links, 3) << "a cell of the confusion matrix leads to its rows";
  EXPECT_THAT(page, HasSubstr("--row "));
}

// Noise with labels drawn at random: some are taken for others.
TEST(Report, ShowsPicturesThatWereMistakenAsPictures) {
  const TemporaryFolder folder;
  std::mt19937 random(5);
  std::string pixels, labels;
  for (int i = 0; i < 60 * 8 * 8; ++i) pixels += static_cast<char>(random() % 256);
  for (int i = 0; i < 60; ++i) labels += static_cast<char>(random() % 3);
  std::filesystem::create_directory(folder.file("noise"));
  folder.write("noise/X.npy", data::npy_of("|u1", "(60, 8, 8)", pixels));
  folder.write("noise/y.npy", data::npy_of("|u1", "(60,)", labels));
  const Trained noise = trained(folder, folder.file("noise"), 1);
  expect_to_stand_alone(noise.page);
  EXPECT_THAT(noise.page, HasSubstr("src=\"data:image/png;base64,iVBORw0KGgo"));
  EXPECT_THAT(noise.page, HasSubstr("chainrule blame "));
}

TEST(Report, SignsAreThereInBothLanguages) {
  const TemporaryFolder folder;
  TrainRequest request{.data = cli::source("data/iris.csv"), .out = folder.file("my run")};
  request.learning_rate = 5e-6;
  RunObserver observer;
  std::string page;
  observer.on_saved = [&](const RunPlan& plan, const RunResult& result) {
    page = report(plan, result);
  };
  train_run(request, observer);
  expect_to_stand_alone(page);
  EXPECT_THAT(page, HasSubstr("Learning rate too small"));
  EXPECT_EQ(report(folder.file("my run")), page);
  const std::string korean = report(folder.file("my run"), Language::ko);
  EXPECT_THAT(korean, HasSubstr("너무 작은 학습률"));
  EXPECT_THAT(korean, HasSubstr("my run/config.toml' --lr"));
}

// A line for each stretch, a ring for what has no place on the axis.
TEST(Charts, LinesStopWhereThereIsNoNumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto chart_of = [](const std::vector<std::pair<double, double>>& points) {
    return page::svg(page::Chart{.title = "t",
                                 .x_label = "x",
                                 .y_label = "y",
                                 .series = {{"s", points}},
                                 .logarithmic = true});
  };
  const auto count = [](const std::string& text, std::string_view word) {
    int found = 0;
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; ++at) ++found;
    return found;
  };
  const std::string whole = chart_of({{1, 1}, {2, 10}, {3, 100}, {4, 1000}, {5, 100}}),
                    gap = chart_of({{1, 1}, {2, 10}, {3, nan}, {4, 1000}, {5, 100}}),
                    zero = chart_of({{1, 1}, {2, 10}, {3, 0}, {4, 1000}, {5, 100}});
  EXPECT_EQ(count(whole, "<polyline"), 1);
  EXPECT_EQ(count(gap, "<polyline"), 2);
  EXPECT_EQ(count(zero, "<polyline"), 2);
  EXPECT_EQ(count(gap, "class=\"edge\""), 0);
  EXPECT_EQ(count(zero, "class=\"edge\""), 1);
}

TEST(Charts, NumberTheirLinesAndKeepTheNumbersApart) {
  page::Chart chart{.title = "t", .x_label = "x", .y_label = "y"};
  for (int i = 0; i < 9; ++i)
    chart.series.push_back({fmt::format("layer{}", i), {{1, 1}, {2, 1 + 1e-6 * i}, {3, 5}}});
  const std::string drawn = page::svg(chart);
  std::vector<double> heights;
  for (std::size_t at = 0; (at = drawn.find("class=\"end\"", at)) != std::string::npos; ++at)
    heights.push_back(std::stod(drawn.substr(drawn.find("y=\"", at) + 3)));
  ASSERT_EQ(heights.size(), 9U);
  std::ranges::sort(heights);
  for (std::size_t i = 1; i < heights.size(); ++i) EXPECT_GE(heights[i] - heights[i - 1], 10);
  EXPECT_THAT(drawn, HasSubstr("9. layer8"));
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
