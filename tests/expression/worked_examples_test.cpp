// Examples of textbooks and courses: the numbers that their authors print, as our pages have them.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "data/temporary_folder.h"
#include "expression/told.h"

namespace chainrule {
namespace {

struct Printed {
  std::string symbol;
  double value;
  double half_a_digit;  // of the last one printed
};

// The numbers of a file's page are the source's; the page's own check passes.
void expect_printed(const std::string& example, const std::vector<Printed>& source,
                    ExplainOptions options = {}) {
  SCOPED_TRACE(example);
  const Explanation explanation = explained_example(example, options);
  EXPECT_TRUE(explanation.passed);
  // A number stands on several lines, and one with the new weights has the same name.
  for (const auto& [symbol, value, half_a_digit] : source) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const StoryLine& line : explanation.story.lines)
      if (line.number.symbol == symbol)
        nearest = std::min(nearest, std::abs(line.number.value - value));
    EXPECT_LE(nearest, half_a_digit) << symbol;
  }
}

TEST(WorkedExamples, Cs231n) {
  expect_printed("cs231n", {{"q", 3, 0},
                            {"f", -12, 0},
                            {"df/dx", -4, 0},
                            {"df/dy", -4, 0},
                            {"df/dz", 3, 0},
                            {"df/dq", -4, 0}});
  expect_printed("cs231n_neuron", {{"df/dw0", -0.19661193, 5e-9},
                                   {"df/dw1", -0.39322387, 5e-9},
                                   {"df/dw2", 0.19661193, 5e-9},
                                   {"df/dx0", 0.39322387, 5e-9},
                                   {"df/dx1", -0.58983580, 5e-9}});
}

std::string example_text(const std::string& name) {
  std::ifstream file(std::string(CHAINRULE_SOURCE_DIR) + "/examples/" + name + ".toml");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// E_total after the step is told twice: the page's last one is that with the new weights.
double next_error(const std::string& text) {
  const TemporaryFolder folder;
  const Explanation explanation = explain_file(folder.write("net.toml", text));
  EXPECT_TRUE(explanation.passed) << explanation.page;
  return told_by(explanation).at("E_total");
}

TEST(WorkedExamples, Mazur) {
  const Explanation explanation = explained_example("mazur", {.digits = 9});
  EXPECT_NE(explanation.page.find("0.298371109"), std::string::npos);
  expect_printed("mazur", {{"W1+", .149780716, 5e-10},
                           {"W2+", .199561432, 5e-10},
                           {"W3+", .249751144, 5e-10},
                           {"W4+", .299502287, 5e-10},
                           {"W5+", .358916480, 5e-10},
                           {"W6+", .408666186, 5e-10},
                           {"W7+", .511301270, 5e-10},
                           {"W8+", .561370121, 5e-10},
                           {"E_total", .291027773694, 5e-13}});
  const std::string text = example_text("mazur");
  const std::string trained =
      with(text, "[[network.parameters]]\nmatch = \"*.bias\"\ntrainable = false\n", "");
  EXPECT_NEAR(next_error(trained), .285750887, 5e-10);
  std::string own = with(trained, "bias = [0.35]\nshared_bias = true", "bias = [0.35, 0.35]");
  own = with(own, "bias = [0.60]\nshared_bias = true", "bias = [0.60, 0.60]");
  EXPECT_NEAR(next_error(own), .280471447, 5e-10);
}

TEST(WorkedExamples, Han) {
  expect_printed("han", {{"dE_total/db3", -0.1312, 5e-5},
                         {"dE_total/db2", 0.0065, 5e-5},
                         {"dE_total/db1", 0.0087, 5e-5},
                         {"W1+", .192, 5e-4},   // w14
                         {"W3+", -.508, 5e-4},  // w34
                         {"W4+", -.306, 5e-4},  // w15
                         {"W6+", .194, 5e-4},   // w35
                         {"W7+", -.261, 5e-4},
                         {"W8+", -.138, 5e-4},
                         {"b1+", -.408, 5e-4},
                         {"b2+", .194, 5e-4},
                         {"b3+", .218, 5e-4}});
}

TEST(WorkedExamples, SimpleNet) {
  expect_printed("simple_net", {{"z1", 1.05414809, 5e-9},
                                {"z2", .63071653, 5e-9},
                                {"z3", 1.1328074, 5e-8},
                                {"dE_total/dW1", .21924763, 5e-9},
                                {"dE_total/dW2", .32887144, 5e-9},
                                {"dE_total/dW3", .14356247, 5e-9},
                                {"dE_total/dW4", .2153437, 5e-8},
                                {"dE_total/dW5", -.36281009, 5e-9},
                                {"dE_total/dW6", -.54421514, 5e-9}});
  const Explanation explanation = explained_example("simple_net", {.digits = 11});
  EXPECT_NE(explanation.page.find("0.92806853875"), std::string::npos);
}

TEST(WorkedExamples, NielsenAfter300Steps) {
  const Explanation table = explained_example("nielsen");
  double w = 0.6, b = 0.9;
  std::size_t line = 0;
  for (int step = 0; step <= 300; ++step) {  // rows of E_total, o1, W1, b1
    const double o = 1 / (1 + std::exp(-(w + b)));
    const double expected[] = {o * o / 2, o, w, b};
    for (const double number : expected)
      ASSERT_NEAR(table.story.lines.at(line++).number.value, number, 1e-11) << step;
    const double delta = o * o * (1 - o);
    w -= 0.15 * delta;
    b -= 0.15 * delta;
  }
  EXPECT_EQ(table.story.lines.size(), line);
  EXPECT_NEAR(table.story.lines[1].number.value, .8176, 5e-5);
  EXPECT_NEAR(table.story.lines[line - 3].number.value, .094, 5e-4);
  const auto last = told_by(explained_example("nielsen", {.step = 300}));
  EXPECT_NEAR(last.at("W1+"), table.story.lines[line - 2].number.value, 1e-12);
}

TEST(WorkedExamples, Micrograd) {
  expect_printed("micrograd",
                 {{"g'", 24.7041, 5e-5}, {"dg'/da", 138.8338, 5e-5}, {"dg'/db", 645.5773, 5e-5}});
}

TEST(WorkedExamples, ApplesAndOranges) {
  expect_printed("apples_and_oranges", {{"price", 715, 1e-12},
                                        {"dprice/dapple", 2.2, 1e-14},
                                        {"dprice/dapples", 110, 1e-13},
                                        {"dprice/dorange", 3.3, 1e-14},
                                        {"dprice/doranges", 165, 1e-13},
                                        {"dprice/dtax", 650, 1e-12}});
}

TEST(WorkedExamples, Attention) {
  expect_printed("attention", {{"p1", 0.50648, 5e-6},
                               {"p2", 0.18632, 5e-6},
                               {"p3", 0.30720, 5e-6},
                               {"o1", 0.81368, 5e-6},
                               {"o2", 0.49352, 5e-6},
                               {"o3", 0.50648, 5e-6},
                               {"o4", 0.18632, 5e-6}});
}

TEST(WorkedExamples, BatchNormOfTwoRows) {
  expect_printed("batch_norm", {{"y1", -1, 1e-8}, {"y2", 1, 1e-8}});
  // y2 = d / sqrt(d^2 + epsilon) with d = (x2 - x1) / 2: the derivative by x2 is
  // epsilon / 2 / (d^2 + epsilon)^1.5.
  const auto told = told_by(explained_example("batch_norm"));
  EXPECT_NEAR(told.at("dy2/dx2"), 0.5e-8, 1e-15);
  EXPECT_NEAR(told.at("dy2/dx1"), -0.5e-8, 1e-15);
}

TEST(WorkedExamples, GomezLstm) {
  expect_printed("lstm",
                 {{"c1", 0.78573, 5e-6},    {"c2", 1.5176, 5e-5},     {"h1", 0.53631, 5e-6},
                  {"h2", 0.7720, 1e-4},     {"W_a1+", 0.45267, 5e-6}, {"W_a2+", 0.25922, 5e-6},
                  {"W_i1+", 0.95022, 5e-6}, {"W_i2+", 0.80066, 6e-6}, {"W_f1+", 0.70032, 6e-6},
                  {"W_f2+", 0.45189, 5e-6}, {"W_o1+", 0.60259, 5e-6}, {"W_o2+", 0.41626, 5e-6},
                  {"U_a+", 0.15104, 5e-6},  {"U_i+", 0.80006, 5e-6},  {"U_f+", 0.10034, 5e-6},
                  {"U_o+", 0.25297, 5e-6},  {"b_a+", 0.20364, 5e-6},  {"b_i+", 0.65028, 5e-6},
                  {"b_f+", 0.15063, 5e-6},  {"b_o+", 0.10536, 5e-6}});
}

}  // namespace
}  // namespace chainrule
