// The page in matrix form: the tutorial's numbers in matrices, random networks against one worked
// out with plain loops, and that a wrong number in any matrix is found.
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "explain/page/page.h"
#include "explain/page_numbers.h"
#include "explain/random_networks.h"

namespace chainrule {
namespace {

using testing::HasSubstr;
using testing::Not;
using Rows = std::vector<Numbers>;

std::string matrix_page(const TrainingStep& step, PageFormat format) {
  return explain(step, {.format = format, .form = PageForm::matrix}).page;
}

Json matrices_of(const TrainingStep& step) {
  const Explanation told = explain(step, {.format = PageFormat::json, .form = PageForm::matrix});
  EXPECT_TRUE(told.passed);
  return Json::parse(told.page)["matrices"];
}

void expect_rows(const Json& matrices, const std::string& symbol, const Rows& rows,
                 double tolerance) {
  ASSERT_TRUE(matrices.contains(symbol)) << symbol;
  const Json& matrix = matrices[symbol];
  ASSERT_EQ(matrix.size(), rows.size()) << symbol;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    ASSERT_EQ(matrix[r].size(), rows[r].size()) << symbol;
    for (std::size_t c = 0; c < rows[r].size(); ++c)
      EXPECT_NEAR(matrix[r][c].get<double>(), rows[r][c],
                  tolerance * std::max(1.0, std::abs(rows[r][c])))
          << symbol << " " << r << ", " << c;
  }
}

Rows as_column(const Numbers& numbers) {
  Rows rows;
  for (const double number : numbers) rows.push_back({number});
  return rows;
}

Explanation tutorial(ExplainOptions options) {
  options.form = PageForm::matrix;
  return explain_file(source_file("examples/tutorial.toml"), options);
}

TEST(MatrixForm, OfTheTutorialHasItsNumbers) {
  const Json all = Json::parse(tutorial({.format = PageFormat::json}).page)["matrices"];
  constexpr double printed = 1e-8;
  expect_rows(all, "W^[1]", {{0.3, 0.25}, {0.4, 0.35}}, 0);
  expect_rows(all, "z^[1]", {{0.08}, {0.11}}, printed);
  expect_rows(all, "h^[1]", {{0.51998934}, {0.52747230}}, printed);
  expect_rows(all, "z^[2]", {{0.44498412}, {0.68047592}}, printed);
  expect_rows(all, "o", {{0.60944600}, {0.66384491}}, printed);
  expect_rows(all, "delta^[2]", {{0.20944600 * 0.23802157}, {0.06384491 * 0.22315485}}, printed);
  expect_rows(all, "dE_total/dh^[1]", {{0.03240681}, {0.02848945}}, printed);
  expect_rows(all, "delta^[1]", {{0.03240681 * 0.24960043}, {0.02848945 * 0.24924527}}, printed);
  expect_rows(all, "W^[2]+", {{0.43703857, 0.38685205}, {0.69629578, 0.59624247}}, printed);
  expect_rows(all, "W^[1]+", {{0.29959556, 0.24919112}, {0.39964496, 0.34928991}}, printed);
}

TEST(MatrixForm, SlowOfRandomNetworksIsThatOfPlainLoops) {
  for (const std::string& loss : all_losses())
    for (const ReferenceNetwork& net : random_networks(loss)) {
      SCOPED_TRACE(loss + ", " + description(net));
      const Json all = matrices_of(step_of(net, SGD{0.1}));
      const std::vector<ReferenceLayer> gradients = backward(net).parameters;
      const ReferencePass pass = forward(net);
      for (std::size_t l = 0; l < net.layers.size(); ++l) {
        const std::string above = fmt::format("^[{}]", l + 1);
        expect_rows(all, "z" + above, as_column(pass.z[l]), 1e-12);
        expect_rows(all, "dE_total/dW" + above, gradients[l].weight, 1e-12);
        if (!net.layers[l].bias.empty())
          expect_rows(all, "dE_total/db" + above, as_column(gradients[l].bias), 1e-12);
      }
    }
}

TEST(MatrixForm, OfEveryOptimizerUpdatesAsTheOtherForm) {
  const ReferenceNetwork net =
      random_network({2, 3, 2}, {"tanh", "sigmoid"}, "half_squared_error", true, 5);
  for (const Optimizer& optimizer :
       {Optimizer(SGD{0.1}), Optimizer(SGD{.learning_rate = 0.1, .momentum = 0.9}),
        Optimizer(Adam{}), Optimizer(AdamW{}), Optimizer(RMSProp{})}) {
    const TrainingStep step = step_of(net, optimizer);
    const Json all = matrices_of(step), updated = numbers_of(step)["updated"];
    std::size_t number = 1;
    for (std::size_t l = 0; l < 2; ++l)
      for (const Json& row : all[fmt::format("W^[{}]+", l + 1)])
        for (const Json& weight : row)
          EXPECT_EQ(weight, updated[fmt::format("W{}", number++)]) << number;
  }
}

// Of several examples each has a column; what the batch trains on is the mean of their errors.
TEST(MatrixForm, OfABatchHasAColumnForEachExample) {
  for (const std::string& loss : all_losses()) {
    SCOPED_TRACE(loss);
    const std::string last = last_activation("tanh", loss, 1);
    std::vector<ReferenceNetwork> nets{random_network({3, 3, 2}, {"sigmoid", last}, loss, true, 9)};
    TrainingStep step = step_of(nets[0], SGD{0.1});
    for (const std::uint32_t seed : {10U, 11U}) {
      const ReferenceNetwork other = random_network({3, 3, 2}, {"sigmoid", last}, loss, true, seed);
      nets.push_back(nets[0]);
      nets.back().input = other.input;
      nets.back().target = other.target;
      step.others.push_back({other.input, other.target});
    }
    std::vector<ReferenceLayer> mean = backward(nets[0]).parameters;
    for (std::size_t l = 0; l < 2; ++l)
      for (std::size_t i = 0; i < mean[l].weight.size(); ++i)
        for (std::size_t k = 0; k < mean[l].weight[i].size(); ++k) {
          double sum = 0;
          for (const ReferenceNetwork& net : nets) sum += backward(net).parameters[l].weight[i][k];
          mean[l].weight[i][k] = sum / 3;
        }
    const Json all = matrices_of(step);
    Rows columns(3);
    for (std::size_t i = 0; i < 3; ++i)
      for (const ReferenceNetwork& net : nets) columns[i].push_back(forward(net).z[0][i]);
    expect_rows(all, "Z^[1]", columns, 1e-12);
    for (std::size_t l = 0; l < 2; ++l)
      expect_rows(all, fmt::format("dE_total/dW^[{}]", l + 1), mean[l].weight, 1e-12);
  }
}

// A wrong number in any matrix that a line computes is found by that line.
TEST(MatrixForm, FindsAWrongNumber) {
  const ReferenceNetwork net =
      random_network({2, 3, 2}, {"tanh", "sigmoid"}, "half_squared_error", true, 6);
  const TrainingStep step = step_of(net, SGD{0.1});
  EXPECT_TRUE(page::build_page(step, "", {}, PageForm::matrix).verdict.passed);
  for (const std::string symbol :
       {"z^[1]", "h^[1]", "z^[2]", "o", "dE_total/do", "f'^[2]", "delta^[2]", "dE_total/dW^[2]",
        "dE_total/db^[2]", "dE_total/dh^[1]", "f'^[1]", "delta^[1]", "dE_total/dW^[1]"}) {
    int found = 0;
    const page::Tamper tamper = [&](const std::string& name, double& value) {
      if (name != symbol + "[1,0]") return;
      value *= 1 + 1e-9;
      ++found;
    };
    EXPECT_FALSE(page::build_page(step, "", tamper, PageForm::matrix).verdict.passed) << symbol;
    EXPECT_EQ(found, 1) << symbol;
  }
}

TEST(MatrixForm, StandsInEveryFormat) {
  EXPECT_THAT(tutorial({}).page,
              HasSubstr("  z^[1] = W^[1] x = [0.3  0.25] [0.1] = [0.08000000]\n"
                        "                    [0.4  0.35] [0.2]   [0.11000000]\n"));
  EXPECT_THAT(tutorial({}).page, HasSubstr("∂E_total/∂h^[1] = (W^[2])ᵀ δ^[2] = [0.45  0.7]"));
  const std::string latex = tutorial({.format = PageFormat::latex}).page;
  EXPECT_THAT(latex, HasSubstr("{W^{[2]}}^{+} &= W^{[2]} - \\text{learning rate} \\times"));
  EXPECT_THAT(latex, HasSubstr("(W^{[2]})^{\\top} \\, \\delta^{[2]}"));
  EXPECT_THAT(latex, HasSubstr("\\begin{pmatrix} 0.3 & 0.25 \\\\ 0.4 & 0.35 \\end{pmatrix}"));
  EXPECT_THAT(latex, Not(HasSubstr("]}^{")));  // a second index above
  EXPECT_THAT(tutorial({.format = PageFormat::markdown}).page, HasSubstr("\\odot"));
  const std::string html = tutorial({.format = PageFormat::html}).page;
  EXPECT_THAT(html,
              HasSubstr("<mtable><mtr><mtd><mn>0.3</mn></mtd><mtd><mn>0.25</mn></mtd></mtr>"));
  EXPECT_THAT(html, Not(HasSubstr("pmatrix")));
  EXPECT_THAT(tutorial({.language = Language::ko}).page, HasSubstr("행렬로 따라가기"));
}

TEST(MatrixForm, HasTheNotationsLetters) {
  const std::string nielsen = tutorial({.notation = "nielsen"}).page;
  EXPECT_THAT(nielsen, HasSubstr("  z^2 = w^2 x = [0.3  0.25] [0.1]"));
  EXPECT_THAT(nielsen, HasSubstr("δ^2 = ∂C/∂a^2 ⊙ f'^2"));
  EXPECT_THAT(nielsen, HasSubstr("w^3⁺ = w^3 - η × ∂C/∂w^3"));
  EXPECT_THAT(tutorial({.notation = "mazur"}).page, HasSubstr("net^[1] = w^[1] i = "));
}

// Softmax mixes a layer's units: its own function is named, its derivative has no matrices.
TEST(MatrixForm, SaysWhatHasNone) {
  const ReferenceNetwork net =
      random_network({2, 3, 2}, {"softmax", "sigmoid"}, "half_squared_error", false, 6);
  const std::string text = matrix_page(step_of(net, SGD{0.1}), PageFormat::text);
  EXPECT_THAT(text, HasSubstr("h^[1] = softmax(z^[1])"));
  EXPECT_THAT(text, HasSubstr("has no short\nform in matrices"));
}

TEST(MatrixForm, ShowsTheEdgesOfLargeMatrices) {
  const ReferenceNetwork net =
      random_network({12, 20, 2}, {"tanh", "sigmoid"}, "half_squared_error", false, 6);
  const TrainingStep step = step_of(net, SGD{0.1});
  EXPECT_THAT(matrix_page(step, PageFormat::text), HasSubstr("..."));
  EXPECT_THAT(matrix_page(step, PageFormat::latex), HasSubstr("\\ldots"));
  EXPECT_THAT(explain(step, {.form = PageForm::matrix, .is_full = true}).page,
              Not(HasSubstr("...")));
  EXPECT_EQ(matrices_of(step)["W^[1]"].size(), 20U);
}

TEST(MatrixForm, RefusesWhatItHasNoPlaceFor) {
  EXPECT_THROW(tutorial({.parameter = "W5"}), UsageError);
  EXPECT_THROW(tutorial({.exercise = 3}), UsageError);
  EXPECT_THROW(explain_file(source_file("examples/cs231n.toml"), {.form = PageForm::matrix}),
               UsageError);
}

// More than a thousand parameters: each layer at a glance.
TEST(WorkedSummary, OfALargeNetworkIsShort) {
  const ReferenceNetwork net =
      random_network({30, 40, 3}, {"tanh", "sigmoid"}, "half_squared_error", false, 6);
  const TrainingStep step = step_of(net, SGD{0.1});
  const Explanation summary = explain(step);
  EXPECT_TRUE(summary.passed);
  EXPECT_LT(std::ranges::count(summary.page, '\n'), 80);
  EXPECT_THAT(summary.page, HasSubstr("dense1.weight      1200"));
  // Norms and the largest gradients, from plain loops.
  for (const ReferenceLayer& layer : backward(net).parameters) {
    double squares = 0, largest = 0;
    for (const Numbers& row : layer.weight)
      for (const double number : row) {
        squares += number * number;
        if (std::abs(number) > std::abs(largest)) largest = number;
      }
    for (const double expected : {std::sqrt(squares), largest, 0.1 * std::sqrt(squares)})
      EXPECT_TRUE(std::ranges::any_of(summary.story.lines, [&](const StoryLine& line) {
        return std::abs(line.number.value - expected) < 1e-12;
      })) << expected;
  }
  EXPECT_GT(std::ranges::count(explain(step, {.is_full = true}).page, '\n'), 3000);
  EXPECT_TRUE(explain(step, {.parameter = "W7"}).passed);
  EXPECT_THAT(summary.page, HasSubstr("chainrule explain FILE W"));
}

}  // namespace
}  // namespace chainrule
