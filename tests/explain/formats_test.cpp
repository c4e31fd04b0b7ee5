// The page in the formats that other programs read: Markdown for GitHub, LaTeX, JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>
#include <sstream>

#include "data/temporary_folder.h"
#include "explain/latex.h"
#include "explain/page/page.h"
#include "explain/page_numbers.h"
#include "explain/sample_pages.h"

namespace chainrule {
namespace {

using testing::HasSubstr;

// Braces and environments that open also close, in order.
void expect_balanced(const std::string& formula) {
  static const std::regex marks(R"(\\(begin|end)\{([^}]*)\}|[{}])");
  std::vector<std::string> open;
  const auto close = [&](const std::string& name) {
    ASSERT_FALSE(open.empty()) << formula;
    EXPECT_EQ(open.back(), name) << formula;
    open.pop_back();
  };
  for (std::sregex_iterator mark(formula.begin(), formula.end(), marks), end; mark != end; ++mark) {
    const std::string sign = (*mark)[0], command = (*mark)[1], name = (*mark)[2];
    if (sign == "{" || command == "begin")
      open.push_back(sign == "{" ? "{" : name);
    else
      close(sign == "}" ? "{" : name);
    if (testing::Test::HasFatalFailure()) return;
  }
  EXPECT_TRUE(open.empty()) << formula;
}

// Takes the formulas $`...`$ out of a line and checks them.
std::string without_formulas(std::string line) {
  for (std::size_t from; (from = line.find("$`")) != std::string::npos;) {
    const std::size_t to = line.find("`$", from + 2);
    if (to == std::string::npos) break;
    expect_balanced(line.substr(from + 2, to - from - 2));
    line.erase(from, to + 2 - from);
  }
  return line;
}

// Formulas stand in ```math fences or in $`...`$; what is left is plain words.
void expect_markdown(const std::string& page) {
  std::istringstream lines(page);
  bool inside = false;
  std::string fence;
  std::size_t fences = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      EXPECT_EQ(line, inside ? "```" : "```math");
      if (inside) expect_balanced(fence);
      fence.clear();
      inside = !inside;
      ++fences;
    } else if (inside) {
      EXPECT_THAT(line, testing::Not(HasSubstr("$")));
      EXPECT_FALSE(line.empty()) << "a blank line ends a formula";
      fence += line + "\n";
    } else {
      const std::string words = without_formulas(line);
      EXPECT_EQ(words.find_first_of("$`\\{}^"), std::string::npos) << line;
    }
  }
  EXPECT_FALSE(inside);
  EXPECT_GE(fences, 8u);
}

TEST(ExplainMarkdown, FormulasAreWhereGitHubFindsThem) {
  for (const TrainingStep& step : pages())
    for (const Language language : {Language::en, Language::ko}) {
      SCOPED_TRACE(step.loss.name);
      expect_markdown(explain(step, {.format = PageFormat::markdown, .language = language}).page);
    }
}

TEST(ExplainMarkdown, WorksTheTutorialInItsOwnManner) {
  const std::string page =
      explain_file(source_file("examples/tutorial.toml"), {.format = PageFormat::markdown}).page;
  EXPECT_TRUE(page.starts_with("# One training step of a 2-2-2 network"));
  for (const char* part :
       {"\n## 3. Backpropagation, step 1\n",
        "\\frac{\\partial E_{\\mathrm{total}}}{\\partial W_{5}} &= "
        "\\frac{\\partial E_{\\mathrm{total}}}{\\partial o_{1}} \\times "
        "\\frac{\\partial o_{1}}{\\partial z_{3}} \\times "
        "\\frac{\\partial z_{3}}{\\partial W_{5}} \\\\\n"
        "&= 0.20944600 \\times 0.23802157 \\times 0.51998934 \\\\\n&= 0.02592286 \\\\\n",
        "| $`W_{5}`$ | $`0.45`$ | $`0.02592286`$ | $`0.43703857`$ |\n"})
    EXPECT_THAT(page, HasSubstr(part));
}

// What pdflatex has against the page; "" if nothing.
std::string complaint(const TrainingStep& step, Language language) {
  const TemporaryFolder folder;
  folder.write("page.tex", explain(step, {.format = PageFormat::latex, .language = language}).page);
  const std::string command =
      "cd '" + folder.path() + "' && pdflatex -interaction=nonstopmode -halt-on-error page.tex";
  const bool compiled = succeeds(command);
  std::ifstream log(folder.file("page.log"));
  std::string all;
  for (std::string line; std::getline(log, line);) {
    if (line.starts_with("!") || line.find("Missing character") != std::string::npos) return line;
    all += line + "\n";
  }
  return compiled ? "" : "pdflatex failed:\n" + all;
}

TEST(ExplainLatex, CompilesInEnglish) {
  if (!succeeds("command -v pdflatex")) GTEST_SKIP() << "pdflatex is not installed";
  for (const TrainingStep& step : pages())
    EXPECT_EQ(complaint(step, Language::en), "") << step.loss.name;
}

TEST(ExplainLatex, CompilesInKorean) {
  if (!succeeds("command -v pdflatex")) GTEST_SKIP() << "pdflatex is not installed";
  if (!succeeds("kpsewhich kotex.sty"))
    GTEST_SKIP() << "kotex, LaTeX's package for Korean, is not installed";
  for (const TrainingStep& step : {every_activation(), with_loss("binary_cross_entropy")})
    EXPECT_EQ(complaint(step, Language::ko), "") << step.loss.name;
}

TEST(ExplainLatex, IsAWholeDocument) {
  for (const Language language : {Language::en, Language::ko}) {
    const std::string page =
        explain(every_activation(), {.format = PageFormat::latex, .language = language}).page;
    EXPECT_TRUE(page.starts_with("\\documentclass"));
    EXPECT_TRUE(page.ends_with("\\end{document}\n"));
    expect_balanced(page);
  }
}

// The same bits, not just the same digits.
void expect_same(const Json& object, const std::vector<Quantity>& quantities) {
  ASSERT_EQ(object.size(), quantities.size());
  for (const Quantity& quantity : quantities)
    EXPECT_EQ(object.at(quantity.symbol).get<double>(), quantity.value) << quantity.symbol;
}

TEST(ExplainJson, GivesEveryDoubleBack) {
  for (const TrainingStep& step : pages()) {
    const page::Page page = page::build_page(step);
    const Json json = numbers_of(step);
    expect_same(json["forward"], page.before.forward);
    expect_same(json["errors"], page.before.errors);
    expect_same(json["gradients"], page.gradients);
    expect_same(json["updated"], page.updated);
    expect_same(json["after"]["forward"], page.after.forward);
    expect_same(json["after"]["errors"], page.after.errors);
    for (const auto& [parameter, factors] : page.factors)
      for (std::size_t i = 0; i < factors.size(); ++i)
        EXPECT_EQ(json["factors"][parameter].at(i)["value"].get<double>(), factors[i].value);
  }
}

TEST(ExplainJson, Has17SignificantDigitsWhereThatManyAreNeeded) {
  const ReferenceNetwork net{.layers = {{.weight = {{1}}, .bias = {}, .activation = "identity"}},
                             .loss = "half_squared_error",
                             .input = {0.1 + 0.2},
                             .target = {0}};
  EXPECT_THAT(explain(step_of(net), {.format = PageFormat::json}).page,
              HasSubstr("\"z1\": 0.30000000000000004,"));
}

TEST(ExplainJson, IsTheObjectThatIsPromised) {
  const Json page = numbers_of_example("tutorial.toml");
  std::vector<std::string> keys;
  for (const auto& item : page.items()) keys.push_back(item.key());
  EXPECT_THAT(keys, testing::UnorderedElementsAre("forward", "errors", "gradients", "factors",
                                                  "updated", "after", "check"));
  EXPECT_EQ(page["factors"]["W5"][0]["symbol"], "dE_total/do1");
  EXPECT_EQ(page["check"].size(), 2u);
}

TEST(ExplainJson, HasOneParameterIfOneIsAskedFor) {
  const Json page = Json::parse(explain_file(source_file("examples/three_layers.toml"),
                                             {.format = PageFormat::json, .parameter = "b2"})
                                    .page);
  for (const char* part : {"gradients", "factors", "updated"}) {
    EXPECT_EQ(page[part].size(), 1u) << part;
    EXPECT_TRUE(page[part].contains("b2")) << part;
  }
}

}  // namespace
}  // namespace chainrule
