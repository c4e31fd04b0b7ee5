// Examples of textbooks and courses: the numbers that their authors print, as our pages have them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

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
  const std::map<std::string, double> told = told_by(explanation);
  for (const auto& [symbol, value, half_a_digit] : source) {
    ASSERT_TRUE(told.contains(symbol)) << symbol;
    EXPECT_NEAR(told.at(symbol), value, half_a_digit) << symbol;
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
