// Exercises: what is blank is nowhere else, and wrong answers are told what they are. The wrong
// answers are made here from the pages' structure, not from the exercise's own list.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include <fmt/format.h>

#include "data/temporary_folder.h"
#include "explain/expression/expression_page.h"
#include "explain/markup.h"
#include "explain/page/exercise.h"
#include "explain/random_networks.h"
#include "expression/told.h"

namespace chainrule {
namespace {

using page::Blank;
using page::Mistake;
using testing::HasSubstr;

constexpr int decimals = 8;

struct Answered {
  double value;
  Mistake mistake;
};

double rounded_to(double value, int significant) {
  return std::stod(fmt::format("{:.{}e}", value, significant - 1));
}

double product(const std::vector<StoryFactor>& factors, std::size_t without) {
  double result = 1;
  for (std::size_t i = 0; i < factors.size(); ++i)
    if (i != without) result *= factors[i].value;
  return result;
}

// dh/dz of the functions that learners mistake for each other.
std::vector<double> derivatives_at(double z) {
  const double s = 1 / (1 + std::exp(-z)), t = std::tanh(z);
  return {s * (1 - s), 1 - t * t, z > 0 ? 1.0 : 0.0};
}

// Wrong answers of each kind to the line: as a learner with the page's numbers would get them.
std::vector<Answered> wrong_answers(const StoryLine& line, const Story& story) {
  const double right = line.number.value;
  std::vector<Answered> all{{-right, Mistake::sign},
                            {rounded_to(right, 2), Mistake::rounding},
                            {rounded_to(right * 1.003, 3), Mistake::rounding}};
  const auto& terms = line.terms;
  if (terms.size() == 1 && terms[0].factors.size() > 1)
    for (std::size_t i = 0; i < terms[0].factors.size(); ++i)
      all.push_back({product(terms[0].factors, i), Mistake::factor});
  if (terms.size() > 1 && terms.size() <= 6)
    for (const StoryTerm& term : terms) {
      all.push_back({right - term.value, Mistake::term});
      all.push_back({right - 2 * term.value, Mistake::sign});
    }
  // dh1/dz1: the forward line h1 has z1 in it.
  for (const StoryLine& other : story.lines)
    for (const StoryLine& z : story.lines)
      if (line.number.symbol == "d" + other.number.symbol + "/d" + z.number.symbol &&
          other.terms.size() == 1 && z.number.symbol[0] == 'z')
        for (const double value : derivatives_at(z.number.value))
          all.push_back({value, Mistake::derivative});
  // What is 0 or nearly right, nobody can tell from right; rounding is up to 2%.
  std::erase_if(all, [&](const Answered& each) {
    const double apart = std::abs(each.value - right);
    return each.value == 0 || apart <= 2e-4 * std::abs(right) ||
           (each.mistake == Mistake::rounding ? apart > 0.02 * std::abs(right)
                                              : apart < 0.03 * std::abs(right));
  });
  return all;
}

TEST(Exercise, NamesTheMistakeOfNineInTenWrongAnswers) {
  std::mt19937 random(11);
  std::map<Mistake, int> asked, met;
  int total = 0, named = 0;
  for (std::uint32_t seed = 0; total < 1000; ++seed) {
    ASSERT_LT(seed, 500u);
    const std::string activation = seed % 2 == 0 ? "sigmoid" : "tanh";
    const TrainingStep step = step_of(
        random_network({2, 3, 2}, {activation, activation}, "half_squared_error", true, seed));
    const page::Page whole = page::build_page(step), exercise = page::exercise_of(whole, seed);
    const Story story = explain(step).story;
    for (const Blank& blank : exercise.blanks) {
      const auto line = std::ranges::find_if(story.lines, [&](const StoryLine& each) {
        return each.number.symbol == blank.solution.symbol && !each.formula.empty();
      });
      ASSERT_NE(line, story.lines.end());
      EXPECT_EQ(page::diagnosed(blank, blank.solution.value, decimals), Mistake::none);
      std::vector<Answered> answers = wrong_answers(*line, story);
      std::shuffle(answers.begin(), answers.end(), random);
      for (std::size_t i = 0; i < std::min<std::size_t>(answers.size(), 3); ++i) {
        // As a learner writes it down.
        const double written = std::stod(fmt::format("{:.6f}", answers[i].value));
        ++total;
        ++asked[answers[i].mistake];
        const bool is_named = page::diagnosed(blank, written, decimals) == answers[i].mistake;
        named += is_named ? 1 : 0;
        met[answers[i].mistake] += is_named ? 1 : 0;
      }
    }
  }
  RecordProperty("named", named);
  EXPECT_GE(named, total * 9 / 10) << named << " of " << total;
  EXPECT_EQ(asked.size(), 5u);  // of every kind
  for (const auto& [mistake, count] : asked)
    EXPECT_GE(met[mistake], count / 2) << static_cast<int>(mistake) << ": " << count;
}

TEST(Exercise, TellsThatAnAnswerIsNoneOfThese) {
  const page::Page exercise =
      page::exercise_of(page::build_page(step_of(random_network({2, 2, 2}, {"sigmoid", "sigmoid"},
                                                                "half_squared_error", true, 3))),
                        1);
  for (const Blank& blank : exercise.blanks)
    EXPECT_EQ(page::diagnosed(blank, 1000 + blank.solution.value, decimals), Mistake::other);
}

// Up to the solutions no line, listing, table or drawing has the number.
TEST(Exercise, WhatIsBlankStandsNowhereElse) {
  const Explanation exercise = explained_example("tutorial", {.digits = 12, .exercise = 4});
  const auto solutions = exercise.page.find("Solutions\n");
  ASSERT_NE(solutions, std::string::npos);
  const std::string before = exercise.page.substr(0, solutions),
                    after = exercise.page.substr(solutions);
  const Explanation whole = explained_example("tutorial", {.digits = 12});
  const page::Page page = page::exercise_of(
      page::build_page(step_of(
          {.layers = {{.weight = {{0.3, 0.25}, {0.4, 0.35}}, .bias = {}, .activation = "sigmoid"},
                      {.weight = {{0.45, 0.4}, {0.7, 0.6}}, .bias = {}, .activation = "sigmoid"}},
           .loss = "half_squared_error",
           .input = {0.1, 0.2},
           .target = {0.4, 0.6}},
          SGD{.learning_rate = 0.5})),
      4);
  ASSERT_GE(page.blanks.size(), 4u);
  for (const Blank& blank : page.blanks) {
    const std::string number = fmt::format("{:.12f}", blank.solution.value);
    EXPECT_EQ(before.find(number), std::string::npos) << blank.solution.symbol;
    EXPECT_NE(after.find(number), std::string::npos) << blank.solution.symbol;
    EXPECT_NE(whole.page.find(number), std::string::npos);
    EXPECT_THAT(before, HasSubstr(fmt::format("□{}", blank.number)));
  }
}

TEST(Exercise, IsThatOfItsSeed) {
  const auto page = [](std::uint64_t seed) {
    return explained_example("tutorial", {.exercise = seed}).page;
  };
  EXPECT_EQ(page(1), page(1));
  EXPECT_NE(page(1), page(2));
}

TEST(Exercise, HasEveryFormatInBothLanguages) {
  for (const char* name : {"tutorial", "micrograd", "mazur"})
    for (const Language language : {Language::en, Language::ko}) {
      SCOPED_TRACE(name);
      const auto page = [&](PageFormat format) {
        return explained_example(name, {.format = format, .language = language, .exercise = 7})
            .page;
      };
      const MarkupElement html = parse_markup(page(PageFormat::html));
      const auto inputs = html.all("input");
      EXPECT_GE(inputs.size(), 4u);
      std::set<std::string> labels;
      for (const MarkupElement* label : html.all("label")) labels.insert(label->text);
      EXPECT_EQ(labels.size(), inputs.size());  // each has one of its own
      EXPECT_EQ(html.all("script").size(), 1u);
      EXPECT_THAT(page(PageFormat::latex), HasSubstr("\\boxed{1}"));
      EXPECT_THAT(page(PageFormat::markdown), HasSubstr("\\boxed{1}"));
      EXPECT_THAT(page(PageFormat::text),
                  HasSubstr(language == Language::en ? "Solutions" : "정답"));
    }
  // Nothing but an exercise has a script.
  EXPECT_EQ(explained_example("tutorial", {.format = PageFormat::html}).page.find("<script"),
            std::string::npos);
}

}  // namespace
}  // namespace chainrule
