// Whatever a page or a listing calls a number may be asked for by that name.
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "explain/drawn_step.h"
#include "explain/formula/formula.h"
#include "explain/page_numbers.h"
#include "explain/step_notes.h"
#include "explain/story/run_story.h"
#include "explain/write/notation.h"
#include "networks/drawing.h"

namespace chainrule::page {
namespace {

// What is said in words, in the place of a symbol: "the other 13", "directly", "mean".
bool is_words(const std::string& symbol) {
  for (const char* head : {"others ", "path", "proof ", "stat "})
    if (symbol.starts_with(head)) return true;
  return symbol.empty() || symbol.find(" .. ") != std::string::npos;  // or a range of numbers
}

// Of all lines, formulas, listings and tables, as they are printed.
std::set<std::string> printed_names(const Page& page) {
  std::set<std::string> names;
  const auto add = [&](const Quantity& quantity) {
    if (is_words(quantity.symbol)) return;
    names.insert(quantity.symbol);
    const std::string printed = text_symbol(quantity.symbol, Language::en).text;
    names.insert(printed.substr(0, printed.find(" [")));  // a listing's names have their shapes
  };
  for (const Section& section : page.sections)
    for (const Block& block : section.blocks) {
      if (const auto* group = std::get_if<Group>(&block))
        for (const Line& line : *group) {
          add(line.quantity);
          if (line.formula) for_each_quantity(*line.formula, add);
        }
      if (const auto* listing = std::get_if<Listing>(&block))
        for (const Quantity& quantity : listing->quantities) add(quantity);
      if (const auto* table = std::get_if<Table>(&block))
        for (const auto& row : table->rows) {
          Quantity first = row.at(0);
          first.symbol = first.symbol.substr(0, first.symbol.find(" ["));
          add(first);
        }
      if (const auto* sentence = std::get_if<Sentence>(&block))
        if (sentence->phrase == Phrase::ask_entry)
          names.insert(std::get<Name>(sentence->arguments.at(0)).text);
    }
  return names;
}

Page page_of_run(RunStep& step, const std::string& name) {
  const Asked asked = parse_quantity(step, name, 0);
  switch (asked.kind) {
    case Asked::Kind::letter:
      return build_rule(step, asked, a_step());
    case Asked::Kind::layer:
      return build_contents(step, a_step(), asked.symbol);
    case Asked::Kind::tensor:
      return build_summary(step, asked, a_step());
    case Asked::Kind::accuracy:
      return build_accuracy(step, a_step());
    default:
      return build_story(step, asked, a_step(), {});
  }
}

TEST(Names, SlowOfARunThatArePrintedAreTaken) {
  std::set<std::string> all;
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    const drawn::DrawnTraining training = drawn::draw_training(seed, {.dropout = true});
    SCOPED_TRACE(training.describe());
    RunStep step(third_step(training));
    const std::string weight = step.model().parameters[0].name,
                      entry = weight + index_text(step.model().parameters[0].variable.shape(), 0);
    std::set<std::string> names = printed_names(build_contents(step, a_step()));
    for (const std::string& asked : {weight, weight + ".gradient", entry, std::string("loss")})
      names.merge(printed_names(page_of_run(step, asked)));
    for (const std::string& name : names) {
      try {
        const Page page = page_of_run(step, name);
        EXPECT_TRUE(page.verdict.passed) << name;
      } catch (const std::exception& error) {
        ADD_FAILURE() << name << ": " << error.what();
      }
    }
    all.merge(names);
  }
  EXPECT_GT(all.size(), 300U);
}

bool has(const Page& page, const std::string& symbol) {
  return printed_names(page).contains(symbol);
}

TEST(Names, SlowOfAWorkedPageThatArePrintedAreTaken) {
  for (const std::string_view optimizer : optimizer_names())
    for (const std::string& last : {std::string("softmax"), std::string("sigmoid")}) {
      const std::string loss = last == "softmax" ? "cross_entropy" : "half_squared_error";
      const TrainingStep step = step_of(random_network({2, 3, 2}, {"tanh", last}, loss, true, 5),
                                        optimizer_named(optimizer));
      const std::set<std::string> names = printed_names(build_page(step));
      EXPECT_GT(names.size(), 50U);
      for (const std::string& name : names) {
        try {
          const Page page = build_page(step, name);
          EXPECT_TRUE(page.verdict.passed) << name;
          EXPECT_TRUE(has(page, name)) << name << "\n" << write_text(page, {});
        } catch (const std::exception& error) {
          ADD_FAILURE() << name << ": " << error.what();
        }
      }
    }
}

TEST(Names, OfAWorkedPageMayBeThoseOfARun) {
  const TrainingStep step =
      step_of(random_network({2, 2, 2}, {"sigmoid", "sigmoid"}, "half_squared_error", true, 5),
              optimizer_named("adam"));
  const std::pair<const char*, const char*> same[] = {
      {"dense1.weight[0,1]", "W2"},
      {"dense2.weight[0,0].gradient", "dE_total/dW5"},
      {"dense1.z[1]", "z2"},
      {"dense1.h[0,1]", "h2"},
      {"dense1.bias[1]", "b2"},
      {"output[1]", "o2"},
      {"dE/ddense2.z[0,0]", "dE_total/dz3"},
      {"dE/dz3", "dE_total/dz3"},
      {"dE/dw5", "dE_total/dW5"},
      {"z3.gradient", "dE_total/dz3"},
      {"x1.gradient", "dE_total/dx1"},
      {"E", "E_total"},
      {"loss", "E_total"},
      {"dense2.weight.m[0,0]", "m_W5+"},
      {"m̂_W5", "mhat_W5"},
      {"h2", "h2"},
      {"z3", "z3"},
      {"E_o1", "E_o1"},
      {"x[1]", "x2"},
      {"learning rate", "eta"}};
  for (const auto& [name, symbol] : same) EXPECT_TRUE(has(build_page(step, name), symbol)) << name;
}

// The derivative by an input, which training does not need: beside a difference of the error.
TEST(Names, OfAnInputsGradientGiveTheDifferenceOfTheError) {
  TrainingStep step =
      step_of(random_network({2, 3, 2}, {"tanh", "sigmoid"}, "half_squared_error", true, 5), SGD{});
  const Page page = build_page(step, "x2.gradient");
  double told = 0;
  for (const Section& section : page.sections)
    for (const Block& block : section.blocks)
      if (const auto* group = std::get_if<Group>(&block))
        for (const Line& line : *group)
          if (line.quantity.symbol == "dE_total/dx2") told = line.quantity.value;
  constexpr double shift = 1e-5;
  const auto error_at = [&](double by) {
    TrainingStep moved = step;
    moved.input[1] += by;
    return build_page(moved).before.errors.back().value;
  };
  EXPECT_NEAR(told, (error_at(shift) - error_at(-shift)) / (2 * shift), 1e-9);
  EXPECT_NE(told, 0);
}

}  // namespace
}  // namespace chainrule::page
