// An explanation as a structure: its terms add up, its factors multiply, its numbers are the
// step's.
#include <cmath>

#include <gtest/gtest.h>

#include "explain/drawn_step.h"
#include "explain/page_numbers.h"
#include "explain/step_notes.h"
#include "explain/story/run_story.h"
#include "explain/write/notation.h"
#include "explain/write/story.h"
#include "tensor/index_text.h"

namespace chainrule {
namespace {

// Relative to the largest of what is added up or multiplied.
void expect_adds_up(const StoryLine& line) {
  double sum = 0, size = std::abs(line.number.value);
  for (const StoryTerm& term : line.terms) {
    double product = 1;
    for (const StoryFactor& factor : term.factors) product *= factor.value;
    EXPECT_NEAR(product, term.value, 1e-13 * std::abs(term.value)) << term.formula;
    sum += term.value;
    size = std::max(size, std::abs(term.value));
  }
  if (line.formula.empty()) return;
  EXPECT_NEAR(sum, line.number.value, 1e-9 * size) << line.formula;
}

// Whether the formula, as text, has the number: dE/dx[0,1] is ∂E/∂x[0,1] there, and path a word.
bool names(const std::string& formula, const StoryNumber& number) {
  std::string name = number.symbol;
  if (number.is_gradient) name = name.substr(std::string("dE/d").size());
  if (number.is_next) name.pop_back();
  if (name == "path") name = "directly";
  if (name.starts_with("path ")) name = "through" + name.substr(4);
  const std::string shown = page::text_symbol(number.symbol, Language::en).text;  // m̂ of mhat
  return formula.find(name) != std::string::npos || formula.find(shown) != std::string::npos;
}

const StoryLine& line_of(const Story& story, const std::string& symbol) {
  for (const StoryLine& line : story.lines)
    if (line.number.symbol == symbol) return line;
  throw std::invalid_argument("no line of " + symbol);
}

TEST(StoryStructure, OfARunsStepHasTheStepsOwnNumbers) {
  for (std::uint64_t seed = 300; seed < 306; ++seed) {
    page::RunStep step(page::third_step(drawn::draw_training(seed, {.dropout = true})));
    const std::string weight = step.model().parameters[0].name;
    const Shape shape = step.model().parameters[0].variable.shape();
    const page::Page page = page::build_story(
        step, page::parse_quantity(step, weight + index_text(shape, 0), 0), a_step(), {});
    const Story story = page::story_of(page, {});
    EXPECT_EQ(story.passed, page.verdict.passed);
    ASSERT_FALSE(story.lines.empty());
    std::size_t told = 0;
    for (const StorySection& section : story.sections) told += section.lines.size();
    EXPECT_EQ(told, story.lines.size());
    for (const StoryLine& line : story.lines) {
      expect_adds_up(line);
      for (const std::size_t child : line.children)
        EXPECT_TRUE(names(line.formula, story.lines.at(child).number)) << line.formula;
      for (const StoryTerm& term : line.terms)
        for (const StoryFactor& factor : term.factors) {
          if (!factor.number || factor.number->node < 0) continue;
          const StoryNumber& number = *factor.number;
          EXPECT_EQ(number.value,
                    step.elements().value({static_cast<NodeId>(number.node), number.index}))
              << number.symbol;
        }
    }
  }
}

// dE_total/dW5 = dE_total/do1 do1/dz3 dz3/dW5, each from a line of its own.
TEST(StoryStructure, OfTheTutorialLeadsFromAGradientToItsFactors) {
  const Story story = explain_file(source_file("examples/tutorial.toml")).story;
  EXPECT_TRUE(story.passed);
  for (const StoryLine& line : story.lines) expect_adds_up(line);
  const StoryLine& gradient = line_of(story, "dE_total/dW5");
  ASSERT_EQ(gradient.terms.size(), 1U);
  ASSERT_EQ(gradient.terms[0].factors.size(), 3U);
  EXPECT_TRUE(gradient.number.is_gradient);
  ASSERT_EQ(gradient.children.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(story.lines[gradient.children[i]].number.symbol,
              gradient.terms[0].factors[i].number->symbol);
  EXPECT_EQ(gradient.terms[0].factors[2].number->symbol, "dz3/dW5");
  EXPECT_TRUE(line_of(story, "W5+").number.is_next);
}

}  // namespace
}  // namespace chainrule
