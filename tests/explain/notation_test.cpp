// What a page calls its numbers: in the letters of Mazur, Nielsen, matrices or a table of the
// user's. The numbers are those that the sources print (see examples/mazur.toml and the tutorial).
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "data/temporary_folder.h"
#include "explain/page_numbers.h"
#include "explain/write/notation.h"

namespace chainrule {
namespace {

using testing::HasSubstr;
using testing::Not;

Explanation told(const std::string& example, ExplainOptions options) {
  return explain_file(source_file("examples/" + example), options);
}

Json numbers(const std::string& example, const std::string& notation) {
  return Json::parse(told(example, {.format = PageFormat::json, .notation = notation}).page);
}

double value_of(const Story& story, const std::string& symbol) {
  for (const StoryLine& line : story.lines)
    if (line.number.symbol == symbol && !line.formula.empty()) return line.number.value;
  ADD_FAILURE() << symbol;
  return 0;
}

TEST(Notation, OfMazurHasHisNamesAndHisNumbers) {
  const Json page = numbers("mazur.toml", "mazur");
  EXPECT_NEAR(page["forward"]["net_h1"].get<double>(), 0.3775, 1e-9);
  EXPECT_NEAR(page["forward"]["out_h1"].get<double>(), 0.593269992, 1e-9);
  EXPECT_NEAR(page["forward"]["out_o1"].get<double>(), 0.75136507, 1e-8);
  EXPECT_NEAR(page["errors"]["E_o1"].get<double>(), 0.274811083, 1e-9);
  EXPECT_NEAR(page["errors"]["E_total"].get<double>(), 0.298371109, 1e-9);
  EXPECT_NEAR(page["gradients"]["w5"].get<double>(), 0.082167041, 1e-9);
  EXPECT_EQ(page["factors"]["w5"][0]["symbol"], "dE_total/dout_o1");
  EXPECT_NEAR(page["factors"]["w5"][0]["value"].get<double>(), 0.74136507, 1e-8);
  EXPECT_EQ(page["factors"]["w5"][1]["symbol"], "dout_o1/dnet_o1");
  EXPECT_NEAR(page["updated"]["w5"].get<double>(), 0.35891648, 1e-8);
  EXPECT_FALSE(page["forward"].contains("z1"));
}

TEST(Notation, OfNielsenCountsTheInputsAsLayerOne) {
  const Json page = numbers("tutorial.toml", "nielsen");
  EXPECT_NEAR(page["forward"]["z^2_1"].get<double>(), 0.08, 1e-12);
  EXPECT_NEAR(page["forward"]["a^3_2"].get<double>(), 0.66384491, 1e-8);
  EXPECT_NEAR(page["errors"]["C"].get<double>(), 0.02397190, 1e-8);
  EXPECT_NEAR(page["errors"]["C_1"].get<double>(), 0.02193381, 1e-8);
  EXPECT_NEAR(page["updated"]["w^3_12"].get<double>(), 0.38685205, 1e-8);  // W6
  EXPECT_NEAR(page["updated"]["w^2_21"].get<double>(), 0.39964496, 1e-8);  // W3
  const Explanation delta = told("tutorial.toml", {.parameter = "δ^3_1", .notation = "nielsen"});
  EXPECT_NEAR(value_of(delta.story, "delta^3_1"), 0.20944600 * 0.23802157, 1e-8);
  EXPECT_THAT(delta.page, HasSubstr("δ^3_1 = ∂C/∂a^3_1 × ∂a^3_1/∂z^3_1"));
  const std::string whole = told("tutorial.toml", {.notation = "nielsen"}).page;
  EXPECT_THAT(whole, HasSubstr("∂C/∂w^3_11 = δ^3_1 × ∂z^3_1/∂w^3_11"));
  EXPECT_THAT(whole, HasSubstr("∂C/∂a^2_1 = δ^3_1 × ∂z^3_1/∂a^2_1 + δ^3_2 × ∂z^3_2/∂a^2_1"));
  EXPECT_THAT(whole, HasSubstr("δ^2_1 = ∂C/∂a^2_1 × ∂a^2_1/∂z^2_1"));
}

TEST(Notation, OfMatricesNamesElements) {
  const Json page = numbers("tutorial.toml", "matrix");
  EXPECT_NEAR(page["updated"]["W^[2]_12"].get<double>(), 0.38685205, 1e-8);
  EXPECT_NEAR(page["forward"]["z^[1]_2"].get<double>(), 0.11, 1e-12);
  EXPECT_NEAR(page["forward"]["o_1"].get<double>(), 0.60944600, 1e-8);
}

TEST(Notation, WordsSpeakOfTheSameLetters) {
  const std::string page = told("mazur.toml", {.notation = "mazur"}).page;
  EXPECT_THAT(page, HasSubstr("the weighted sum\nnet. The activation"));
  EXPECT_THAT(page, HasSubstr("The learning rate is called η."));
  EXPECT_THAT(page, HasSubstr("w5⁺ = w5 - η × ∂E_total/∂w5"));
  EXPECT_THAT(page, HasSubstr("sigmoid(net) = 1 / (1 + e^(-net))"));
  EXPECT_THAT(page, Not(HasSubstr("learning rate ×")));
}

TEST(Notation, NamesTheLearningRateOnce) {
  const TemporaryFolder folder;
  std::string text = read_file(source_file("examples/tutorial.toml"));
  text.replace(text.find("type = \"sgd\""), 12, "type = \"sgd\"\nmomentum = 0.9");
  const std::string file = folder.write("momentum.toml", text);
  const auto count = [](const std::string& page, const std::string& words) {
    int found = 0;
    for (std::size_t at = 0; (at = page.find(words, at)) != std::string::npos; ++at) ++found;
    return found;
  };
  for (const char* notation : {"nielsen", "mazur", "matrix", "tutorial"}) {
    const std::string page = explain_file(file, {.notation = notation}).page;
    EXPECT_EQ(count(page, "learning rate is called"), 0) << notation;
    EXPECT_EQ(count(page, "η is the learning rate"), 1) << notation;
  }
  const std::string own =
      explain_file(folder.write("own.toml", text + "\n[notation]\nlearning_rate = \"alpha\"\n"))
          .page;
  EXPECT_THAT(own, HasSubstr("α is the learning rate"));
  EXPECT_THAT(own, Not(HasSubstr("η")));
}

// LaTeX has no second index above: {w^{3}_{11}}^{+}.
TEST(Notation, StandsInEveryFormat) {
  const auto page = [](PageFormat format) {
    return told("tutorial.toml", {.format = format, .notation = "nielsen"}).page;
  };
  EXPECT_THAT(page(PageFormat::latex), HasSubstr("{w^{3}_{11}}^{+} &= w^{3}_{11} - \\eta"));
  EXPECT_THAT(page(PageFormat::latex), Not(HasSubstr("}_{11}^{")));
  EXPECT_THAT(page(PageFormat::markdown), HasSubstr("\\frac{\\partial C}{\\partial w^{3}_{11}}"));
  EXPECT_THAT(page(PageFormat::html), HasSubstr("<msubsup><mi>δ</mi>"));
}

// All lines, formulas' parts and listed numbers of the page.
std::set<std::string> printed(const Story& story) {
  std::set<std::string> names;
  for (const StoryLine& line : story.lines) {
    names.insert(line.number.symbol);
    for (const StoryTerm& term : line.terms)
      for (const StoryFactor& factor : term.factors)
        if (factor.number) names.insert(factor.number->symbol);
  }
  return names;
}

TEST(Notation, SlowNamesThatAPagePrintsAreTaken) {
  for (const std::string notation : {"tutorial", "mazur", "nielsen", "matrix"})
    for (const char* example : {"tutorial.toml", "han.toml", "simple_net.toml", "xor.toml"}) {
      SCOPED_TRACE(fmt::format("{} of {}", notation, example));
      for (const std::string& name : printed(told(example, {.notation = notation}).story)) {
        const Explanation by_name = told(example, {.parameter = name, .notation = notation});
        EXPECT_TRUE(by_name.passed) << name;
        const std::string as_printed = page::text_symbol(name, Language::en).text;
        EXPECT_EQ(told(example, {.parameter = as_printed, .notation = notation}).page, by_name.page)
            << as_printed;
      }
    }
}

TEST(Notation, TheHousesNamesAreTakenToo) {
  for (const char* name : {"W5", "h2", "z3", "E_o1", "dE_total/dz3", "x1.gradient", "W5+"})
    EXPECT_TRUE(told("tutorial.toml", {.parameter = name, .notation = "nielsen"}).passed) << name;
  EXPECT_EQ(told("tutorial.toml", {.parameter = "w^3_{11}", .notation = "nielsen"}).page,
            told("tutorial.toml", {.parameter = "dense2.weight[0,0]", .notation = "nielsen"}).page);
  try {
    told("tutorial.toml", {.parameter = "a^2_9", .notation = "nielsen"});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no number \"a^2_9\"; did you mean \"a^2_"));
  }
}

TrainingStep with_table(std::map<std::string, std::string> notation) {
  TrainingStep step{.model = {nn::Dense{12, nn::tanh}, nn::Dense{1}},
                    .optimizer = SGD{0.1},
                    .input = {1, 2},
                    .target = {1}};
  step.notation = std::move(notation);
  return step;
}

TEST(Notation, OfATableIsTheUsers) {
  const Explanation own =
      explain(with_table({{"hidden", "a"}, {"weight", "theta^{l}_{j}{k}"}}), {.parameter = "a3"});
  EXPECT_THAT(own.page, HasSubstr("a3 = "));
}

// 1, 12 and 11, 2 are two numbers.
TEST(Notation, LongIndicesAreSetApart) {
  const Json page =
      Json::parse(explain(with_table({{"like", "nielsen"}}), {.format = PageFormat::json}).page);
  EXPECT_TRUE(page["gradients"].contains("w^2_12,1"));
  EXPECT_TRUE(page["gradients"].contains("w^3_1,12"));
  EXPECT_TRUE(page["gradients"].contains("w^2_11"));
  EXPECT_EQ(page["gradients"].size(), 2 * 12 + 12 + 12 + 1);
}

TEST(Notation, WhatCannotBeReadIsAnswered) {
  const auto answer = [](std::map<std::string, std::string> notation) -> std::string {
    try {
      explain(with_table(std::move(notation)));
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(answer({{"wieght", "v"}}), HasSubstr("did you mean \"weight\"?"));
  EXPECT_THAT(answer({{"like", "nielson"}}), HasSubstr("did you mean \"nielsen\"?"));
  EXPECT_THAT(answer({{"weight", "v{m}"}}), HasSubstr("has {m}; there are"));
  EXPECT_THAT(answer({{"weight", "v w"}}), HasSubstr("\"v w\" is no name"));
  EXPECT_THAT(answer({{"weight", "v_{l}"}}), HasSubstr("W1 and W2 would both be v_1"));
  EXPECT_THAT(answer({{"hidden", "a"}, {"bias", "a"}}), HasSubstr("would both be a1"));
}

TEST(Notation, StandsInAFile) {
  const TemporaryFolder folder;
  const std::string text = read_file(source_file("examples/tutorial.toml"));
  write_file(folder.file("own.toml"), text + "\n[notation]\nweight = \"v\"\nerror = \"L\"\n");
  EXPECT_THAT(explain_file(folder.file("own.toml"), {.parameter = "v5"}).page,
              HasSubstr("∂L/∂v5 = ∂L/∂o1 × ∂o1/∂z3 × ∂z3/∂v5"));
  EXPECT_THAT(explain_file(folder.file("own.toml"), {.notation = "mazur"}).page,
              HasSubstr("∂E_total/∂w5 ="));
  write_file(folder.file("bad.toml"), text + "\n[notation]\nweight = \"v_{x}\"\n");
  try {
    explain_file(folder.file("bad.toml"));
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("bad.toml"));
  }
}

}  // namespace
}  // namespace chainrule
