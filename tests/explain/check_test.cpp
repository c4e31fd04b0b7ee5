// The page's check of itself can fail: one wrong factor among all of them is seen, and said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "data/temporary_folder.h"
#include "explain/page/page.h"
#include "explain/page_numbers.h"
#include "explain/random_networks.h"

namespace chainrule {
namespace {

using page::build_page;
using page::Page;

TrainingStep tutorial() {
  return step_of(
      {.layers = {{.weight = {{0.3, 0.25}, {0.4, 0.35}}, .bias = {}, .activation = "sigmoid"},
                  {.weight = {{0.45, 0.4}, {0.7, 0.6}}, .bias = {}, .activation = "sigmoid"}},
       .loss = "half_squared_error",
       .input = {0.1, 0.2},
       .target = {0.4, 0.6}},
      SGD{.learning_rate = 0.5});
}

// The page with one factor off by a part in 10^9, which eight decimals would not even show.
Page sabotaged(const TrainingStep& step, const std::string& factor) {
  return build_page(step, "", [&](const std::string& symbol, double& value) {
    if (symbol == factor) value *= 1 + 1e-9;
  });
}

std::vector<page::Line> lines_of(const Page& page) {
  std::vector<page::Line> lines;
  for (const page::Section& section : page.sections)
    for (const page::Block& block : section.blocks)
      if (const auto* group = std::get_if<page::Group>(&block))
        for (const page::Line& line : *group)
          if (line.formula) lines.push_back(line);
  return lines;
}

TEST(ExplainCheck, PassesTheTutorial) {
  const Page page = build_page(tutorial());
  EXPECT_TRUE(page.verdict.passed);
  EXPECT_LE(page.verdict.max_relative_error, 1e-14);
  EXPECT_LE(page.verdict.difference_error, 1e-9);
  EXPECT_EQ(page.verdict.differences, 8);
}

TEST(ExplainCheck, SeesAnyWrongFactorOfTheTutorial) {
  for (const char* factor : {"dE_total/do1", "do1/dz3", "dz3/dW5", "dE_total/do2", "do2/dz4",
                             "dz4/dW8", "dz3/dh1", "dz4/dh2", "dh1/dz1", "dh2/dz2", "dz1/dW2"}) {
    const Page page = sabotaged(tutorial(), factor);
    EXPECT_FALSE(page.verdict.passed) << factor;
    EXPECT_GT(page.verdict.max_relative_error, page::product_tolerance) << factor;
  }
}

// The factors of the network that the page uses and does not see changed by 1e-6.
std::vector<std::string> unseen_factors(const ReferenceNetwork& net) {
  std::vector<std::string> unseen;
  std::size_t tried = 0;
  for (const auto& named : factors_by_name(net)) {
    const std::string& factor = named.first;
    bool used = false;
    const Page page = build_page(step_of(net), "", [&](const std::string& symbol, double& number) {
      if (symbol != factor) return;
      number += 1e-6;
      used = true;
    });
    tried += used ? 1 : 0;
    if (used && page.verdict.passed) unseen.push_back(factor);
  }
  EXPECT_GE(tried, net.layers.size() * 4);
  return unseen;
}

TEST(ExplainCheck, SlowSeesAnyWrongFactorOfAnyLoss) {
  std::uint32_t seed = 0;
  for (const std::string& loss : all_losses())
    for (const std::string activation : {"tanh", "softmax"}) {
      const std::string last = last_activation(activation, loss, ++seed / 2);
      const ReferenceNetwork net = random_network({2, 2, 2}, {activation, last}, loss, true, seed);
      EXPECT_THAT(unseen_factors(net), testing::IsEmpty()) << description(net);
    }
}

// The formulas that stand on the page, worked out with the numbers that stand on the page.
TEST(ExplainCheck, SlowEveryFormulaGivesTheNumberBesideIt) {
  for (const std::string& loss : all_losses())
    for (const ReferenceNetwork& net : random_networks(loss))
      for (const page::Line& line : lines_of(build_page(step_of(net))))
        EXPECT_NEAR(evaluate(*line.formula), line.quantity.value,
                    1e-12 * std::max(1.0, std::abs(line.quantity.value)))
            << line.quantity.symbol << " of " << description(net);
}

// A page that agrees with an engine that is wrong: only the finite differences can tell.
TEST(ExplainCheck, SeesWhatTheProductsDoNot) {
  const Page page = build_page(tutorial(), "", [](const std::string& symbol, double& value) {
    if (symbol == "dz3/dW5") value *= 1 + 1e-3;
  });
  EXPECT_NEAR(page.verdict.difference_error, 1e-3, 1e-5);
  EXPECT_GT(page.verdict.difference_error, page::difference_tolerance);
}

TEST(ExplainCheck, SeesAFactorThatIsNoNumber) {
  const Page page = build_page(tutorial(), "", [](const std::string& symbol, double& value) {
    if (symbol == "do1/dz3") value = std::numeric_limits<double>::quiet_NaN();
  });
  EXPECT_FALSE(page.verdict.passed);
}

TEST(ExplainCheck, StatesItsFailureOnThePage) {
  const Page page = sabotaged(tutorial(), "do1/dz3");
  const std::string english = write_text(page, {});
  EXPECT_NE(english.find("do NOT multiply"), std::string::npos);
  EXPECT_NE(english.find("error 1.0e-09 (allowed 1.0e-12)"), std::string::npos);
  EXPECT_NE(english.find("CHECK FAILED."), std::string::npos);
  EXPECT_EQ(english.find("Check passed."), std::string::npos);
  const std::string korean = write_text(page, {.language = Language::ko});
  EXPECT_NE(korean.find("검산에 실패했습니다."), std::string::npos);
  const Json json = Json::parse(write_json(page));
  EXPECT_FALSE(json["check"]["passed"].get<bool>());
  EXPECT_NEAR(json["check"]["max_relative_error"].get<double>(), 1e-9, 1e-12);
}

// relu(0): the loss's slopes on the two sides are 0 and -1, and no central difference is either.
TEST(ExplainCheck, AllowsForAKinkAndSaysSo) {
  const TrainingStep step =
      step_of({.layers = {{.weight = {{0}}, .bias = {}, .activation = "relu"}},
               .loss = "half_squared_error",
               .input = {1},
               .target = {1}});
  const Page page = build_page(step);
  EXPECT_TRUE(page.verdict.passed);
  EXPECT_EQ(page.verdict.kinks, 1);
  EXPECT_NE(write_text(page, {}).find("At 1 of them the error has a kink"), std::string::npos);
}

TEST(ExplainCheck, SeesNoKinkInTheTutorial) { EXPECT_EQ(build_page(tutorial()).verdict.kinks, 0); }

// A saturated sigmoid: a gradient of 1e-16 beside a loss of 1/2, whose differences are rounding.
TEST(ExplainCheck, AllowsForTheRoundingOfTheLoss) {
  const Page page =
      build_page(step_of({.layers = {{.weight = {{36}}, .bias = {}, .activation = "sigmoid"}},
                          .loss = "half_squared_error",
                          .input = {1},
                          .target = {0}}));
  EXPECT_TRUE(page.verdict.passed);
  EXPECT_LT(page.gradients.front().value, 1e-15);
  EXPECT_GT(page.gradients.front().value, 0);
}

// What the user's numbers can do to a correct page: the weighted sum overflows, and no gradient is
// a number.
constexpr std::string_view overflowing = R"([network]
input = 1
[[network.layer]]
type = "dense"
units = 1
bias = false
weight = [[1e200]]
[loss]
type = "half_squared_error"
[optimizer]
type = "sgd"
learning_rate = 0.1
[example]
input = [1e200]
target = [1]
)";

TEST(ExplainCheck, FailsWhereNumbersOverflow) {
  const TemporaryFolder folder;
  const Explanation explanation = explain_file(folder.write("net.toml", overflowing));
  EXPECT_FALSE(explanation.passed);
  EXPECT_FALSE(std::isfinite(explanation.max_relative_error));
}

#ifdef CHAINRULE_PROGRAM
int exit_code_of_explain(const std::string& file) {
  const std::string command = CHAINRULE_PROGRAM " explain '" + file + "' >/dev/null 2>/dev/null";
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ExplainCheck, DecidesTheProgramsExitCode) {
  const TemporaryFolder folder;
  EXPECT_EQ(exit_code_of_explain(folder.write("net.toml", overflowing)), 1);
  EXPECT_EQ(exit_code_of_explain(source_file("examples/tutorial.toml")), 0);
}
#endif

}  // namespace
}  // namespace chainrule
