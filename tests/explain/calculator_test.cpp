// Every printed line, worked again from the numbers that it prints: 200 random pages.
#include "explain/calculator.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "explain/drawn_step.h"
#include "explain/random_networks.h"
#include "explain/step_notes.h"
#include "explain/story/run_story.h"
#include "explain/write/notation.h"
#include "networks/drawing.h"
#include "tensor/index_text.h"

namespace chainrule::page {
namespace {

// Numbers that were computed have all their decimals, or all their digits; others were given.
std::function<bool(std::string_view)> rounding_of(const ExplainOptions& options) {
  return [options](std::string_view number) {
    const std::string_view mantissa = number.substr(0, number.find('e'));
    const auto point = mantissa.find('.');
    if (point == std::string_view::npos) return false;
    const auto decimals = static_cast<int>(mantissa.size() - point - 1);
    if (options.significant > 0) {
      std::string digits;
      for (const char c : mantissa)
        if (c != '.' && (c != '0' || !digits.empty())) digits += c;
      return static_cast<int>(digits.size()) >= options.significant;
    }
    return decimals ==
           (number.size() > mantissa.size() ? std::min(options.digits, 6) : options.digits);
  };
}

struct Followed {
  int lines = 0, exact = 0;  // with a formula of numbers; and as printed to the last digit
  std::string wrong{};       // those that are off, as printed
};

void follow(const Page& page, const ExplainOptions& options, Followed& followed) {
  const auto is_rounded = rounding_of(options);
  for (const Section& section : page.sections)
    for (const Block& block : section.blocks) {
      const auto* group = std::get_if<Group>(&block);
      if (group == nullptr) continue;
      for (const Line& line : *group) {
        const std::vector<std::string> parts = equation(line, options, false);
        if (!line.formula || parts.size() < 2) continue;
        const std::string printed = fmt::format("{}", fmt::join(parts, " = "));
        // h1 = 0.5 stands for itself: what is printed once needs no calculator.
        const std::string& numbers = parts.size() == 2 ? parts.back() : parts[parts.size() - 2];
        if (parts.size() == 3 &&
            numbers == write(*line.formula, symbols(options.language, false)) &&
            line.formula->op() == nullptr)
          continue;
        Calculator of_value(parts.back(), is_rounded);
        Calculator of_formula(numbers, is_rounded);
        double value = 0, worked = 0, allowed = 0;
        try {
          value = of_value.value();
          worked = of_formula.value();
          allowed = of_formula.uncertainty() + of_value.numbers().at(0).half_unit;
        } catch (const std::exception& error) {
          followed.wrong += fmt::format("{}: {}\n", error.what(), printed);
          continue;
        }
        if (!std::isfinite(worked) || !std::isfinite(value)) continue;
        ++followed.lines;
        const double apart = std::abs(worked - value);
        // What doubles lose while the page, and this test, work.
        const double slack = 1e-12 * std::max(1.0, std::abs(value));
        if (!(apart <= 1.05 * allowed + slack))
          followed.wrong += fmt::format("{}: off by {}, allowed {}\n", printed, apart, allowed);
        if (apart <= 1.01 * of_value.numbers()[0].half_unit + slack) ++followed.exact;
      }
    }
}

const ExplainOptions manners[] = {{.digits = 8}, {.digits = 4}, {.significant = 6}};

TEST(Calculator, SlowFollowsEveryLineOfRandomStories) {
  Followed followed;
  int pages = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const drawn::DrawnTraining training = drawn::draw_training(seed, {.dropout = true});
    SCOPED_TRACE(training.describe());
    RunStep step(third_step(training));
    drawn::Drawing draw(seed + 7'000'000);
    const auto element_of = [&](Value value) {
      return value.node().name + index_text(value.shape(), draw.from(0, value.shape().size() - 1));
    };
    const auto& wanted = step.traced().wanted;
    const auto parameters = static_cast<std::int64_t>(step.model().parameters.size());
    std::vector<std::string> questions{"loss"};
    for (int i = 0; i < 2; ++i)
      questions.push_back(
          element_of(wanted[static_cast<std::size_t>(draw.from(0, parameters - 1))]));
    for (int i = 0; i < 2; ++i)
      questions.push_back(element_of(draw.one_in(wanted)) + (i == 0 ? ".gradient" : ""));
    for (const std::string& question : questions) {
      const Page page = build_story(step, parse_quantity(step, question, 0), a_step(), {});
      follow(page, manners[static_cast<std::size_t>(pages++) % 3], followed);
    }
  }
  EXPECT_EQ(followed.wrong, "");
  EXPECT_EQ(pages, 150);
  EXPECT_GT(followed.lines, 900);
  RecordProperty("lines", followed.lines);
  RecordProperty("exact", followed.exact);
}

TEST(Calculator, FollowsEveryLineOfWorkedPages) {
  Followed followed;
  int pages = 0;
  for (const std::string& loss : all_losses()) {
    const std::vector<ReferenceNetwork> networks = random_networks(loss);
    for (std::size_t i = 0; i < networks.size() && i < 80; i += 10) {
      SCOPED_TRACE(description(networks[i]));
      const Optimizer optimizer = optimizer_named(optimizer_names()[(i / 10) % 5]);
      const Page page = build_page(step_of(networks[i], optimizer));
      follow(page, manners[static_cast<std::size_t>(pages++) % 3], followed);
    }
  }
  EXPECT_EQ(followed.wrong, "");
  EXPECT_GE(pages, 50);
  EXPECT_GT(followed.lines, 1000);
  RecordProperty("lines", followed.lines);
  RecordProperty("exact", followed.exact);
}

TEST(Calculator, FindsALineThatIsOff) {
  const ReferenceNetwork net =
      random_network({2, 2, 1}, {"tanh", "identity"}, "half_squared_error", true, 3);
  Page page = build_page(step_of(net));
  for (Section& section : page.sections)
    for (Block& block : section.blocks)
      if (auto* group = std::get_if<Group>(&block))
        for (Line& line : *group)
          if (line.quantity.symbol == "z1") line.quantity.value += 2e-7;
  Followed followed;
  follow(page, {.digits = 8}, followed);
  EXPECT_THAT(followed.wrong, testing::StartsWith("z1 = "));
}

}  // namespace
}  // namespace chainrule::page
