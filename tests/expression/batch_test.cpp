// Several examples and several steps of a network, beside single ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "data/temporary_folder.h"
#include "explain/markup.h"
#include "explain/page/page.h"
#include "explain/random_networks.h"
#include "expression/told.h"

namespace chainrule {
namespace {

TrainingStep network(const std::string& loss, const Optimizer& optimizer = SGD{}) {
  const std::string last = last_activation("sigmoid", loss, 1);
  return step_of(random_network({2, 3, 2}, {"tanh", last}, loss, true, 5), optimizer);
}

std::vector<TrainingExample> examples_of(const std::string& loss) {
  const bool is_distribution = loss == "cross_entropy";
  return {{{0.5, -0.3}, is_distribution ? std::vector{0.25, 0.75} : std::vector{0.2, 0.9}},
          {{-0.7, 0.1}, is_distribution ? std::vector{1.0, 0.0} : std::vector{0.6, 0.3}}};
}

// The mean over examples that were each worked on a page of their own.
TEST(Batch, HasTheMeanOfItsExamplesGradients) {
  for (const std::string& loss : all_losses()) {
    SCOPED_TRACE(loss);
    TrainingStep step = network(loss);
    std::vector<TrainingExample> all{{step.input, step.target}};
    for (const TrainingExample& other : examples_of(loss)) all.push_back(other);
    std::map<std::string, double> mean;
    double error = 0;
    for (const TrainingExample& each : all) {
      step.input = each.input;
      step.target = each.target;
      const page::Page page = page::build_page(step);
      for (const Quantity& gradient : page.gradients) mean[gradient.symbol] += gradient.value / 3;
      error += page.before.errors.back().value / 3;
    }
    step.input = all[0].input;
    step.target = all[0].target;
    step.others = {all[1], all[2]};
    const page::Page batch = page::build_page(step);
    EXPECT_TRUE(batch.verdict.passed);
    EXPECT_NEAR(batch.before.errors.back().value, error, 1e-14);
    EXPECT_EQ(batch.gradients.size(), mean.size());
    for (const Quantity& gradient : batch.gradients)
      EXPECT_NEAR(gradient.value, mean.at(gradient.symbol), 1e-14) << gradient.symbol;
  }
}

TEST(Batch, EveryRowHasNumbersOfItsOwn) {
  TrainingStep step = network("half_squared_error", Adam{});
  step.others = examples_of("half_squared_error");
  const std::string text = explain(step).page;
  for (const char* part : {"Example 3 of 3", "h1⁽¹⁾", "∂E_total⁽³⁾/∂W1",
                           "E_total = (E_total⁽¹⁾ + "
                           "E_total⁽²⁾ + E_total⁽³⁾) / 3"})
    EXPECT_THAT(text, testing::HasSubstr(part));
  EXPECT_NO_THROW(parse_markup(explain(step, {.format = PageFormat::html}).page));
  const Explanation story = explain(step, {.parameter = "W1"});
  EXPECT_TRUE(story.passed);
  EXPECT_THAT(story.page, testing::HasSubstr("∂E_total⁽²⁾/∂W1"));
  EXPECT_THAT(story.page, testing::Not(testing::HasSubstr("∂E_total⁽²⁾/∂W2")));
}

TEST(Batch, AWrongFactorOfARowIsSeen) {
  TrainingStep step = network("half_squared_error");
  step.others = examples_of("half_squared_error");
  const page::Page page = page::build_page(step, "", [](const std::string& symbol, double& value) {
    if (symbol == "dh1(2)/dz1(2)") value *= 1 + 1e-6;
  });
  EXPECT_FALSE(page.verdict.passed);
}

// Each step starts where the one before it ended, the optimizer's memory included.
TEST(Steps, AreCarriedOver) {
  for (const Optimizer& optimizer :
       std::vector<Optimizer>{SGD{.learning_rate = 0.1, .momentum = 0.9}, Adam{}, RMSProp{}}) {
    TrainingStep step = network("half_squared_error", optimizer);
    step.steps = 4;
    const auto numbers = [&](std::int64_t number) {
      return told_by(explain(step, {.step = number}));
    };
    for (std::int64_t s = 1; s < 4; ++s) {
      const auto now = numbers(s), next = numbers(s + 1);
      for (const char* weight : {"W1", "W12", "b2", "b5"})
        EXPECT_EQ(now.at(std::string(weight) + "+"), next.at(weight)) << weight << " " << s;
    }
    const Explanation table = explain(step);
    EXPECT_EQ(table.story.lines.size(), 5u * (1 + 2 + 12 + 5));
  }
  TrainingStep step = network("half_squared_error");
  const TemporaryFolder folder;
  EXPECT_EQ(message_of<UsageError>([&] { explain(step, {.step = 2}); }, folder),
            "step 2: there are steps 1 to 1");
}

}  // namespace
}  // namespace chainrule
