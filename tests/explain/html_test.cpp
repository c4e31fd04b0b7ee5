// The page as HTML: well-formed, complete, readable without sight, and in need of nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "explain/markup.h"
#include "explain/page_numbers.h"
#include "explain/sample_pages.h"
#include "explain/write/escape.h"
#include "explain/write/html.h"
#include "explain/write/notation.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string html_of(const TrainingStep& step, ExplainOptions options = {}) {
  options.format = PageFormat::html;
  return explain(step, options).page;
}

MarkupElement example(const std::string& name, ExplainOptions options = {}) {
  options.format = PageFormat::html;
  return parse_markup(explain_file(source_file("examples/" + name + ".toml"), options).page);
}

std::string replaced_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// "−3.16×10−10" as a number.
double number_in(const std::string& text) {
  return std::stod(replaced_all(replaced_all(text, "−", "-"), "×10", "e"));
}

// What stands left and right on the page's lines: "∂Etotal∂W5" and its value.
std::map<std::string, double> values_of(const MarkupElement& page) {
  std::map<std::string, double> values;
  for (const MarkupElement* lines : page.all("div", "lines"))
    for (const MarkupElement* line : lines->all("p"))
      values[line->all("span", "left").at(0)->text] =
          number_in(line->all("span", "value").at(0)->all("span", "terms").at(0)->text);
  return values;
}

std::string without_underscores(const std::string& symbol) { return replaced_all(symbol, "_", ""); }

TEST(ExplainHtml, EveryPageIsWellFormed) {
  for (const TrainingStep& step : pages())
    for (const Language language : {Language::en, Language::ko}) {
      SCOPED_TRACE(step.loss.name);
      EXPECT_NO_THROW(parse_markup(html_of(step, {.language = language})));
      EXPECT_NO_THROW(parse_markup(html_of(step, {.language = language, .parameter = "W1"})));
    }
  EXPECT_THROW(parse_markup("<p>a < b</p>"), std::runtime_error);
}

TEST(ExplainHtml, EveryNumberOfTheJsonPageEndsItsLine) {
  for (const char* name : {"tutorial", "three_layers", "softmax", "xor"}) {
    SCOPED_TRACE(name);
    const std::map<std::string, double> values = values_of(example(name, {.digits = 14}));
    const Json json = numbers_of_example(std::string(name) + ".toml");
    const auto expect = [&](const std::string& left, double value) {
      ASSERT_TRUE(values.contains(left)) << left;
      EXPECT_NEAR(values.at(left), value, 1e-12) << left;
    };
    for (const char* part : {"forward", "errors"})
      for (const auto& [symbol, value] : json[part].items())
        if (symbol[0] != 'p') expect(without_underscores(symbol), value);
    for (const auto& [symbol, value] : json["gradients"].items())
      expect("∂Etotal∂" + symbol, value);
    for (const auto& [symbol, value] : json["updated"].items()) expect(symbol + "+", value);
    for (const auto& [parameter, factors] : json["factors"].items()) {
      const auto last = factors.back()["symbol"].get<std::string>();
      expect("∂" + replaced_all(last.substr(1), "/d", "∂"), factors.back()["value"]);
    }
  }
}

TEST(ExplainHtml, TheTableHasEveryParameter) {
  const MarkupElement page = example("three_layers", {.digits = 14});
  const Json json = numbers_of_example("three_layers.toml");
  const MarkupElement& table = *page.all("table").at(0);
  std::map<std::string, std::vector<double>> rows;
  for (const MarkupElement* row : table.all("tbody").at(0)->all("tr"))
    for (const MarkupElement* cell : row->all("td"))
      rows[row->all("th").at(0)->all("span").at(0)->text].push_back(number_in(cell->text));
  EXPECT_EQ(rows.size(), json["updated"].size());
  for (const auto& [symbol, value] : json["updated"].items()) {
    ASSERT_EQ(rows[symbol].size(), 3u) << symbol;
    EXPECT_NEAR(rows[symbol][1], json["gradients"][symbol].get<double>(), 1e-13) << symbol;
    EXPECT_NEAR(rows[symbol][2], value.get<double>(), 1e-13) << symbol;
  }
}

TEST(ExplainHtml, SpeaksBothLanguages) {
  const MarkupElement english = example("tutorial"),
                      korean = example("tutorial", {.language = Language::ko});
  EXPECT_EQ(english.all("html").at(0)->attribute("lang"), "en");
  EXPECT_EQ(korean.all("html").at(0)->attribute("lang"), "ko");
  EXPECT_THAT(english.all("title").at(0)->text, HasSubstr("One training step of a 2-2-2 network"));
  EXPECT_THAT(korean.all("title").at(0)->text, HasSubstr("2-2-2 신경망의 학습 한 스텝"));
  EXPECT_THAT(korean.all("body").at(0)->text, HasSubstr("학습률"));
  EXPECT_THAT(korean.all("body").at(0)->text, Not(HasSubstr("earning")));
}

TEST(ExplainHtml, NeedsNothingFromElsewhere) {
  for (const TrainingStep& step : pages()) {
    const std::string text = html_of(step);
    for (const char* outside :
         {"http", "//", "url(", "@import", "<script", "<link", "<img", "src="})
      EXPECT_THAT(text, Not(HasSubstr(outside)));
    const MarkupElement page = parse_markup(text);
    for (const MarkupElement* link : page.all("a")) EXPECT_EQ(link->attribute("href")[0], '#');
  }
}

TEST(ExplainHtml, LinksAndLabelsLeadSomewhere) {
  for (const char* name : {"tutorial", "softmax"}) {
    const MarkupElement page = example(name);
    std::multiset<std::string> ids;
    const std::function<void(const MarkupElement&)> collect = [&](const MarkupElement& element) {
      if (element.attributes.contains("id")) ids.insert(element.attribute("id"));
      for (const MarkupElement& child : element.children) collect(child);
    };
    collect(page);
    for (const std::string& id : ids) EXPECT_EQ(ids.count(id), 1u) << id;
    for (const MarkupElement* link : page.all("a"))
      EXPECT_TRUE(ids.contains(link->attribute("href").substr(1))) << link->attribute("href");
    for (const MarkupElement* section : page.all("section"))
      EXPECT_TRUE(ids.contains(section->attribute("aria-labelledby")));
    std::istringstream labels(page.all("svg").at(0)->attribute("aria-labelledby"));
    for (std::string label; labels >> label;) EXPECT_TRUE(ids.contains(label)) << label;
  }
}

TEST(ExplainHtml, HeadingsLandmarksAndTablesSayWhatTheyAre) {
  const MarkupElement page = example("softmax");
  EXPECT_EQ(page.all("h1").size(), 1u);
  EXPECT_EQ(page.all("main").size(), 1u);
  EXPECT_EQ(page.all("h2").size(), page.all("section").size());
  EXPECT_EQ(page.all("nav").at(0)->all("a").size(), page.all("section").size());
  EXPECT_EQ(page.all("details").size(), page.all("summary").size());
  for (const MarkupElement* table : page.all("table")) {
    EXPECT_EQ(table->all("caption").size(), 1u);
    for (const MarkupElement* header : table->all("th"))
      EXPECT_THAT(header->attribute("scope"), testing::AnyOf("col", "row"));
  }
  const MarkupElement& drawing = *page.all("svg").at(0);
  EXPECT_EQ(drawing.attribute("role"), "img");
  EXPECT_EQ(drawing.children.at(0).name, "title");
  EXPECT_THAT(drawing.children.at(1).text, HasSubstr("Output layer: 3"));
}

TEST(ExplainHtml, ManyNumbersFoldAway) {
  const TrainingStep step =
      step_of(random_network({9, 5, 1}, {"tanh", "identity"}, "huber", true, 3));
  const MarkupElement page = parse_markup(html_of(step));
  const auto folded = page.all("details", "listing");
  ASSERT_EQ(folded.size(), 1u);
  EXPECT_EQ(folded[0]->all("li").size(), 45u);
  EXPECT_EQ(folded[0]->all("summary").at(0)->text, "Weights: 45");
}

TEST(ExplainHtml, APageWithoutADiagramHasNone) {
  page::Page page = page::build_page(with_loss("huber"));
  page.diagram.reset();
  const MarkupElement root = parse_markup(page::write_html(page, {}));
  EXPECT_TRUE(root.all("svg").empty());
  EXPECT_TRUE(root.all("figure").empty());
  EXPECT_EQ(root.all("section").size(), page.sections.size());
}

// The diagram.

std::vector<std::string> ways(const MarkupElement& page) {
  std::vector<std::string> symbols;
  for (const MarkupElement* line : page.all("line", "way"))
    symbols.push_back(line->text.substr(0, line->text.find(' ')));
  return symbols;
}

TEST(ExplainDiagram, DrawsEveryNeuronAndEveryWeight) {
  const MarkupElement page = example("three_layers");  // 2-2-2-1
  EXPECT_EQ(page.all("circle").size(), 7u);
  EXPECT_EQ(page.all("line").size(), 10u);
  EXPECT_EQ(page.all("line", "negative").size(), 3u);  // W2, W7, W10
  EXPECT_TRUE(ways(page).empty());
  EXPECT_THAT(page.all("svg").at(0)->text, HasSubstr("b5 0.3"));
}

TEST(ExplainDiagram, LightsTheWayOfTheParameterThatIsAskedFor) {
  using testing::UnorderedElementsAre;
  EXPECT_THAT(ways(example("tutorial", {.parameter = "W5"})), UnorderedElementsAre("W5"));
  EXPECT_THAT(ways(example("tutorial", {.parameter = "W1"})),
              UnorderedElementsAre("W1", "W5", "W7"));
  EXPECT_THAT(ways(example("three_layers", {.parameter = "b2"})),
              UnorderedElementsAre("W6", "W8", "W9", "W10"));
  // W1's own input is lit, as a factor; and of the network: h1, o1 and o2.
  EXPECT_EQ(example("tutorial", {.parameter = "W1"}).all("g", "way").size(), 4u);
}

TEST(ExplainDiagram, LargerWeightsAreThicker) {
  const MarkupElement page = example("softmax");
  std::map<double, double> thickness;
  for (const MarkupElement* line : page.all("line"))
    thickness[std::abs(number_in(line->text.substr(line->text.find("= ") + 2)))] =
        std::stod(line->attribute("stroke-width"));
  double last = 0;
  for (const auto& [weight, width] : thickness) {
    EXPECT_GT(width, last) << weight;
    last = width;
  }
}

TEST(ExplainDiagram, OfManyNeuronsTheFirstTheLastAndTheLitAreDrawn) {
  const TrainingStep step =
      step_of(random_network({3, 40, 11}, {"relu", "identity"}, "mean_squared_error", true, 5));
  const MarkupElement page = parse_markup(html_of(step, {.parameter = "W61"}));  // into h21
  const std::string drawing = page.all("svg").at(0)->text;
  EXPECT_EQ(page.all("circle").size(), 3u + 9u + 9u);
  EXPECT_THAT(drawing, HasSubstr("⋮ +31"));
  EXPECT_THAT(drawing, HasSubstr("⋮ +2"));
  std::set<std::string> neurons;
  for (const MarkupElement* neuron : page.all("g", "neuron")) neurons.insert(neuron->text);
  for (const char* drawn : {"h1", "h7", "h21", "h40", "o11"})
    EXPECT_TRUE(neurons.contains(drawn)) << drawn;
  EXPECT_FALSE(neurons.contains("h20"));
}

// MathML.

std::string inside(const std::string& latex) {
  const std::string markup = page::mathml(latex);
  EXPECT_NO_THROW(parse_markup(markup)) << markup;
  const std::string open = "<math><mrow>", close = "</mrow></math>";
  EXPECT_TRUE(markup.starts_with(open) && markup.ends_with(close)) << markup;
  return markup.substr(open.size(), markup.size() - open.size() - close.size());
}

std::string inside_symbol(const std::string& symbol) {
  return inside(page::latex_symbol(symbol, Language::en).text);
}

TEST(ExplainMathml, WritesSymbolsInOneWay) {
  EXPECT_EQ(inside_symbol("W5"), "<msub><mi>W</mi><mn>5</mn></msub>");
  EXPECT_EQ(inside_symbol("W5+"), "<msubsup><mi>W</mi><mn>5</mn><mo>+</mo></msubsup>");
  EXPECT_EQ(inside_symbol("E_o1"), "<msub><mi>E</mi><msub><mi>o</mi><mn>1</mn></msub></msub>");
  EXPECT_EQ(inside_symbol("rate"), "<mi>learning rate</mi>");
  EXPECT_EQ(inside_symbol("dz3/dW5"),
            "<mfrac><mrow><mi>∂</mi><msub><mi>z</mi><mn>3</mn></msub></mrow>"
            "<mrow><mi>∂</mi><msub><mi>W</mi><mn>5</mn></msub></mrow></mfrac>");
}

TEST(ExplainMathml, WritesTheEnginesNamesAsTheyStandWithTheirIndicesLowered) {
  EXPECT_EQ(inside_symbol("dense1.weight[3,5]"),
            "<msub><mi>dense1.weight</mi><mrow><mn>3</mn><mo>,</mo><mn>5</mn></mrow></msub>");
  EXPECT_EQ(inside_symbol("dE/d dense1.z[17,4]"),
            "<mfrac><mrow><mi>∂</mi><mi>E</mi></mrow><mrow><mi>∂</mi><msub><mi>dense1.z</mi><mrow>"
            "<mn>17</mn><mo>,</mo><mn>4</mn></mrow></msub></mrow></mfrac>");
  EXPECT_EQ(inside_symbol("layer_norm.gain"), "<mi>layer_norm.gain</mi>");
}

TEST(ExplainMathml, APowerIsOfTheWholeBracket) {
  EXPECT_THAT(inside("(a - b)^{2}"),
              testing::MatchesRegex("<msup><mrow>.*</mrow><mn>2</mn></msup>"));
}

TEST(ExplainMathml, SignsAreEscaped) {
  EXPECT_THAT(inside("[a < b]"), HasSubstr("&lt;"));
  EXPECT_THAT(inside("[a > b]"), HasSubstr("&gt;"));
  EXPECT_THAT(inside("a & b"), HasSubstr("&amp;"));
  EXPECT_THAT(inside("\\text{a < b & \"c\"}"), HasSubstr("a &lt; b &amp; &quot;c&quot;"));
  EXPECT_EQ(page::html_escaped("<&>\""), "&lt;&amp;&gt;&quot;");
}

TEST(ExplainMathml, KnowsEveryOperationsNotation) {
  for (const Op* op : all_ops()) {
    if (op->notation.latex.empty()) continue;
    std::string latex(op->notation.latex);
    const char* operands[] = {"a", "b", "c"};
    for (int i = 0; i < 3; ++i) latex = replaced_all(latex, fmt::format("{{{}}}", i), operands[i]);
    const std::string markup = inside(latex);
    EXPECT_EQ(markup.find_first_of("\\{}^_"), std::string::npos) << op->name << ": " << markup;
    EXPECT_THAT(markup, Not(testing::ContainsRegex("<mi>(frac|times|ge|le|ne|sqrt|mathrm)</mi>")));
  }
}

TEST(ExplainMathml, FormulasKeepNothingOfLatex) {
  for (const TrainingStep& step : pages()) {
    const MarkupElement page = parse_markup(html_of(step));
    for (const MarkupElement* formula : page.all("math"))
      EXPECT_EQ(formula->text.find_first_of("\\{}^"), std::string::npos) << formula->text;
  }
}

TEST(ExplainMathml, AnyTextBecomesWellFormed) {
  for (const char* latex : {"", "{", "}", "\\", "\\frac", "\\frac{a", "a^", "a_{", "(", "((a)",
                            "|a", "\\sqrt}", "\\text{", "^{2}", "\\unknown{a}", "a\\%b"})
    inside(latex);
}

TEST(ExplainMathml, LongFormulasComeInTermsAndFactors) {
  const auto count = [](const std::string& latex, const char* name) {
    return parse_markup("<p>" + page::mathml_terms(latex) + "</p>").all(name).size();
  };
  EXPECT_EQ(count("a + b", "math"), 1u);
  const std::string longer = "0.45 \\times 0.51998934 + 0.4 \\times (0.5 + 0.52747230)";
  EXPECT_EQ(count(longer, "span"), 2u);
  EXPECT_EQ(count(longer, "math"), 4u);
}

}  // namespace
}  // namespace chainrule
