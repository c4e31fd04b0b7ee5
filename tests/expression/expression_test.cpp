// Free expressions: derivatives that calculus gives, mistakes that are answered with their place,
// questions, and checks that can fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "data/temporary_folder.h"
#include "explain/expression/expression_page.h"
#include "explain/markup.h"
#include "explain/page_numbers.h"
#include "expression/told.h"

namespace chainrule {
namespace {

using testing::HasSubstr;

std::string file_of(const std::string& given, const std::string& lines,
                    const std::string& more = "") {
  return fmt::format("[expression]\ngiven = {{ {} }}\nlines = \"\"\"\n{}\n\"\"\"\n{}", given, lines,
                     more);
}

Explanation explained_text(const std::string& text, ExplainOptions options = {}) {
  const TemporaryFolder folder;
  return explain_file(folder.write("f.toml", text), options);
}

std::map<std::string, double> told_of(const std::string& given, const std::string& lines) {
  const Explanation explanation = explained_text(file_of(given, lines));
  EXPECT_TRUE(explanation.passed) << explanation.page;
  return told_by(explanation);
}

struct Calculus {
  std::string line;
  double f, df;  // at x = 0.7
};

TEST(Expression, HasTheDerivativesOfCalculus) {
  constexpr double x = 0.7;
  const double s = 1 / (1 + std::exp(-x));
  const std::vector<Calculus> all{{"x^3", x * x * x, 3 * x * x},
                                  {"x**2", x * x, 2 * x},
                                  {"x^-1", 1 / x, -1 / (x * x)},
                                  {"2^x", std::pow(2, x), std::log(2) * std::pow(2, x)},
                                  {"-x^2", -x * x, -2 * x},
                                  {"x - 2 - 3", x - 5, 1},
                                  {"12 / x / 2", 6 / x, -6 / (x * x)},
                                  {"(x + 1) * (x - 1)", x * x - 1, 2 * x},
                                  {"1 / (1 + exp(-x))", s, s * (1 - s)},
                                  {"sigmoid(x)", s, s * (1 - s)},
                                  {"tanh(x)", std::tanh(x), 1 - std::tanh(x) * std::tanh(x)},
                                  {"exp(2 * x)", std::exp(2 * x), 2 * std::exp(2 * x)},
                                  {"ln(x)", std::log(x), 1 / x},
                                  {"log(x)", std::log(x), 1 / x},
                                  {"sqrt(x)", std::sqrt(x), 0.5 / std::sqrt(x)},
                                  {"relu(x) + relu(-x)", x, 1},
                                  {"abs(-x)", x, 1},
                                  {"max(x, 2 * x)", 2 * x, 2},
                                  {"min(x, 2 * x)", x, 1},
                                  {"softplus(x)", std::log1p(std::exp(x)), s},
                                  {"silu(x)", x * s, s + x * s * (1 - s)},
                                  {"2e-1 * x + .5", 0.2 * x + 0.5, 0.2},
                                  {"x", x, 1}};
  for (const auto& [line, f, df] : all) {
    SCOPED_TRACE(line);
    const auto told = told_of("x = 0.7", "f = " + line);
    EXPECT_NEAR(told.at("f"), f, 1e-14 * std::max(1.0, std::abs(f)));
    EXPECT_NEAR(told.at("df/dx"), df, 1e-14 * std::max(1.0, std::abs(df)));
  }
}

TEST(Expression, SoftmaxMakesAValueForEachOfItsOwn) {
  const auto told = told_of("a = 1, b = 0, c = 0.5", "p, q, r = softmax(a, b, c)\nf = ln(q)");
  const double sum = std::exp(1) + 1 + std::exp(0.5);
  EXPECT_NEAR(told.at("p"), std::exp(1) / sum, 1e-15);
  EXPECT_NEAR(told.at("df/da"), -std::exp(1) / sum, 1e-15);  // of ln q: [same] - p
  EXPECT_NEAR(told.at("df/db"), 1 - 1 / sum, 1e-15);
}

TEST(Expression, ANameThatIsAssignedAgainIsAnotherValue) {
  const auto told = told_of("x = 3", "c = x * x\nc += c\nc *= x\nc -= 1\nc /= 2\nx = x + c");
  EXPECT_EQ(told.at("c"), 9);
  EXPECT_EQ(told.at("c'"), 18);
  EXPECT_EQ(told.at("c''"), 54);
  EXPECT_EQ(told.at("c''''"), 26.5);
  EXPECT_EQ(told.at("x'"), 29.5);
  EXPECT_EQ(told.at("dx'/dx"), 28);  // of x^3 + x - 1/2
}

// What the result's own line uses directly and through another line has two derivatives.
TEST(Expression, TellsADirectDerivativeFromTheWhole) {
  const auto told = told_of("x = 2, y = 5", "q = x * y\nf = q + 3 * x");
  EXPECT_EQ(told.at("df/dx directly"), 3);
  EXPECT_EQ(told.at("df/dx"), 8);
}

TEST(Expression, WhatTheResultDoesNotDependOnHasDerivative0) {
  const auto told = told_of("x = 2, y = 5", "q = x * y\nf = 3 * x");
  EXPECT_EQ(told.at("df/dy"), 0);
}

// Random expressions of five values: the page's derivatives beside differences that this test takes
// with its own arithmetic.
TEST(Expression, RandomPolynomialsAgreeWithHandDerivatives) {
  std::mt19937 random(7);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int trial = 0; trial < 40; ++trial) {
    // Each line: v_k = c v_i v_j + v_i; with exact derivatives by forward accumulation here.
    std::vector<double> value{0.5, -1.25, 2};
    std::vector<std::vector<double>> slope{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    std::string lines;
    for (int k = 3; k < 9; ++k) {
      const auto i = static_cast<std::size_t>(pick(k)), j = static_cast<std::size_t>(pick(k));
      const double c = 0.25 * (pick(5) - 2);
      lines += fmt::format("v{} = {} * v{} * v{} + v{}\n", k, c, i, j, i);
      value.push_back(c * value[i] * value[j] + value[i]);
      slope.emplace_back();
      for (std::size_t g = 0; g < 3; ++g)
        slope.back().push_back(c * (slope[i][g] * value[j] + value[i] * slope[j][g]) + slope[i][g]);
    }
    const auto told = told_of("v0 = 0.5, v1 = -1.25, v2 = 2", lines);
    EXPECT_NEAR(told.at("v8"), value[8], 1e-12 * std::max(1.0, std::abs(value[8])));
    for (std::size_t g = 0; g < 3; ++g)
      EXPECT_NEAR(told.at(fmt::format("dv8/dv{}", g)), slope[8][g],
                  1e-12 * std::max(1.0, std::abs(slope[8][g])))
          << lines;
  }
}

struct Mistaken {
  std::string lines, answer;
};

TEST(Expression, MistakesAreAnsweredWithPlaceAndWayOut) {
  const std::vector<Mistaken> all{
      {"f = x + other",
       "f.toml:4:9: there is no value \"other\" yet; give it under given, or in a line "
       "before this one (known are \"x\", \"y\")"},
      {"f = x +",
       "f.toml:4:8: the line ends where a value is missing; write a name, a number or a "
       "bracket"},
      {"f = x + * y",
       "f.toml:4:9: a value is missing before \"*\"; write a name, a number or a "
       "bracket"},
      {"f = (x + y", "f.toml:4:5: this bracket is not closed; add )"},
      {"f = x + y)", "f.toml:4:10: this bracket closes none; leave it out"},
      {"f = 2 x", "f.toml:4:7: a sign is missing before this; write *, +, - or / between values"},
      {"f = sigmiod(x)", "f.toml:4:5: there is no function \"sigmiod\"; did you mean \"sigmoid\"?"},
      {"f = x(y)", "f.toml:4:5: x is a value, not a function; write x * (...)"},
      {"f = sigmoid", "f.toml:4:5: sigmoid is a function; give it a value, as in sigmoid(x)"},
      {"f = max(x)", "f.toml:4:5: max takes 2 values, but has 1"},
      {"f x", "f.toml:4:3: behind f stands no \"=\"; write f = ..."},
      {"= x",
       "f.toml:4:1: a line begins with the name of the value that it makes, as in q = x + y"},
      {"f = x\n\n  g += f", "f.toml:6:5: g has no value yet that could change; write g = ..."},
      {"f = x ? y",
       "f.toml:4:7: \"?\" is no sign of a formula; write names, numbers, + - * / ^ and "
       "brackets"},
      {"f = 1e999 * x",
       "f.toml:4:5: this is no number that can be computed with; write one such "
       "as 0.5 or 2e-3"},
      {"exp = x", "f.toml:4:1: \"exp\" is a function; give the value another name"},
      {"rate = x",
       "f.toml:4:1: \"rate\" has a meaning of its own on the page; give the value "
       "another name, such as \"rate1\""},
      {"p, q = softmax(x)",
       "f.toml:4:8: softmax of 1 values makes 1, but there are 2 names; give "
       "as many"},
      {"p, q = x",
       "f.toml:4:8: only softmax makes several values at once, as in p1, p2 = "
       "softmax(z1, z2); write a line for each value"},
      {"p = softmax(x, y)",
       "f.toml:4:5: softmax makes as many values as it takes; give it a line "
       "of its own with a name for each, as in p1, p2 = softmax(z1, z2)"},
      {"# nothing",
       "f.toml:3:9: there is no line that makes a value; add one, as in lines = \"f = "
       "x * y\""}};
  for (const auto& [lines, answer] : all) {
    SCOPED_TRACE(lines);
    const TemporaryFolder folder;
    const std::string path = folder.write("f.toml", file_of("x = 1, y = 2", lines));
    EXPECT_EQ(message_of<DataError>([&] { explain_file(path); }, folder), answer);
  }
}

TEST(Expression, MistakesOfTheFileAreAnsweredToo) {
  const TemporaryFolder folder;
  const auto answer = [&](const std::string& text) {
    const std::string path = folder.write("f.toml", text);
    return message_of<DataError>([&] { explain_file(path); }, folder);
  };
  EXPECT_EQ(answer("[expression]\n"),
            "f.toml:1:1: [expression] has no lines; add lines = \"f = x * y\"");
  EXPECT_EQ(answer("[expression]\nlines = \"f = y\"\n"),
            "f.toml:2:14: there is no value \"y\" yet; give it under given, or in a line before "
            "this one");
  EXPECT_EQ(answer(file_of("x = 1", "f = x", "result = \"other\"")),
            "f.toml:6:10: no line makes a value \"other\"; known are \"f\"");
  EXPECT_EQ(answer(file_of("x = 1", "f = x", "trained = [\"other\"]")),
            "f.toml:6:12: no value \"other\" is given that could be trained; known are \"x\"");
  EXPECT_EQ(answer("steps = 3\n" + file_of("x = 1", "f = x")),
            "f.toml:1:9: nothing changes from step to step without an [optimizer]; add one, with "
            "trained = [...] under [expression], or leave steps out");
  EXPECT_EQ(answer("[expression]\ngiven = { 2x = 1 }\nlines = \"f = 1\"\n"),
            "f.toml:2:11: \"2x\" can be no name; begin it with a letter, and go on with letters, "
            "digits and _");
}

TEST(Expression, NoFormulaIsTooDeepOrLongForTheMachine) {
  const TemporaryFolder folder;
  for (const std::string& formula :
       {std::string(100'000, '('), std::string(100'000, '-'), "x" + [] {
          std::string all;
          for (int i = 0; i < 50'000; ++i) all += "+x";
          return all;
        }()}) {
    const std::string path = folder.write("f.toml", file_of("x = 1", "f = " + formula));
    EXPECT_THAT(message_of<DataError>([&] { explain_file(path); }, folder),
                HasSubstr("give a part of it a name of its own"));
  }
}

TEST(Expression, AnswersWhatIsAsked) {
  const std::string text = file_of("x = -2, y = 5, z = -4", "q = x + y\nf = q * z");
  const auto told = [&](const std::string& asked) {
    return told_by(explained_text(text, {.parameter = asked}));
  };
  EXPECT_TRUE(told("q").contains("q"));
  EXPECT_FALSE(told("q").contains("f"));
  EXPECT_EQ(told("df/dx").at("df/dx"), -4);
  EXPECT_FALSE(told("df/dx").contains("df/dy"));
  EXPECT_EQ(told("x").at("df/dx"), -4);
  EXPECT_EQ(told("dq/dx").at("dq/dx"), 1);
  EXPECT_FALSE(told("dq/dx").contains("f"));
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& asked) {
    return message_of<UsageError>([&] { explained_text(text, {.parameter = asked}); }, folder);
  };
  EXPECT_EQ(refused("ff"), "the expression has no value \"ff\"; did you mean \"f\"?");
  EXPECT_EQ(refused("df/dother"),
            "the expression has no value \"other\", which df/dother names; known are "
            "\"x\", \"y\", \"z\", \"q\", \"f\"");
  EXPECT_EQ(refused("dx/dy"),
            "x is given and depends on nothing; ask for the derivative of a "
            "value that a line makes, such as df/dy");
}

TEST(Expression, TrainsWhatIsNamed) {
  const std::string text = file_of("w = 2, x = 3", "f = (w * x - 5)^2",
                                   "trained = [\"w\"]\n[optimizer]\ntype = \"sgd\"\n"
                                   "learning_rate = 0.05\n");
  const auto told = told_by(explained_text(text));
  EXPECT_EQ(told.at("df/dw"), 6);  // 2 (w x - 5) x
  EXPECT_NEAR(told.at("w+"), 2 - 0.05 * 6, 1e-15);
  // w - 5/3 shrinks by 1 - 2 rate x^2 = 0.1 with each step.
  const Explanation table = explained_text("steps = 3\n" + text);
  EXPECT_NEAR(table.story.lines.back().number.value, 5.0 / 3 + (2 - 5.0 / 3) * 1e-3, 1e-12);
  const auto second = told_by(explained_text("steps = 3\n" + text, {.step = 2}));
  EXPECT_NEAR(second.at("w+"), 5.0 / 3 + (2 - 5.0 / 3) * 1e-2, 1e-12);
}

// m' = 0.9 m + 0.1 g, v' = 0.999 v + 0.001 g^2; both are carried over to the second step.
TEST(Expression, TheOptimizersMemoryIsCarriedOver) {
  const std::string text = "steps = 2\n" + file_of("w = 2", "f = 3 * w",
                                                   "trained = [\"w\"]\n[optimizer]\n"
                                                   "type = \"adam\"\nlearning_rate = 0.1\n");
  const auto told = told_by(explained_text(text, {.step = 2}));
  EXPECT_NEAR(told.at("m_w+"), 0.9 * 0.3 + 0.3, 1e-15);
  EXPECT_NEAR(told.at("v_w+"), 0.999 * 0.009 + 0.009, 1e-15);
  EXPECT_NEAR(told.at("w+"), 1.8, 1e-8);  // with a constant gradient each step is the rate
}

TEST(Expression, AWrongLocalDerivativeIsSeen) {
  const page::ExpressionFile file = page::parse_expression(
      file_of("x = -2, y = 5, z = -4", "q = x + y\nf = q * z\ng = f * x"), "f.toml");
  EXPECT_TRUE(page::expression_page(file, "", 0).verdict.passed);
  for (const char* local : {"dq/dx", "dq/dy", "df/dq", "df/dz", "dg/df", "dg/dx"}) {
    const page::Page page =
        page::expression_page(file, "", 0, [&](const std::string& symbol, double& value) {
          if (symbol == local) value *= 1 + 1e-9;
        });
    EXPECT_FALSE(page.verdict.passed) << local;
  }
}

TEST(Expression, HasEveryFormatInBothLanguages) {
  for (const char* name : {"micrograd", "attention", "batch_norm"})
    for (const Language language : {Language::en, Language::ko}) {
      SCOPED_TRACE(name);
      const auto page = [&](PageFormat format) {
        return explained_example(name, {.format = format, .language = language}).page;
      };
      EXPECT_NO_THROW(parse_markup(page(PageFormat::html)));
      EXPECT_THAT(page(PageFormat::text),
                  HasSubstr(language == Language::en ? "Local derivatives\n" : "국소적 미분\n"));
      EXPECT_THAT(page(PageFormat::markdown), HasSubstr("```math"));
      EXPECT_THAT(page(PageFormat::latex), HasSubstr("\\begin{align*}"));
      EXPECT_TRUE(Json::accept(page(PageFormat::json)));
    }
}

}  // namespace
}  // namespace chainrule
