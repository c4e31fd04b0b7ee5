// The printed graph is exact text, so that a pass can be shown by what it changes.
#include <gtest/gtest.h>

#include "chainrule/ops.h"

namespace chainrule {
namespace {

TEST(Print, ShowsNamesOperandsAttributesAndShapes) {
  Graph graph;
  const Value x = graph.input("x", {64, 3}), w = graph.variable("dense1.weight", {5, 3});
  const Value z = graph.name(matmul(x, transpose(w)), "dense1.z");
  const Value h = leaky_relu(z + graph.constant({{5}, {1, 2, 3, 4, 5}}), 0.25);
  graph.output("h", h);
  graph.update(w, 0.5 * w);
  EXPECT_EQ(print(graph),
            "%0 x = input() : [64, 3]\n"
            "%1 dense1.weight = variable() : [5, 3]\n"
            "%2 = transpose(%1, order=[1, 0]) : [3, 5]\n"
            "%3 dense1.z = matmul(%0, %2) : [64, 5]\n"
            "%4 = constant(5 numbers) : [5]\n"
            "%5 = broadcast(%4, shape=[64, 5]) : [64, 5]\n"
            "%6 = add(%3, %5) : [64, 5]\n"
            "%7 = leaky_relu(%6, slope=0.25) : [64, 5]\n"
            "%8 = constant(value=0.5) : []\n"
            "%9 = broadcast(%8, shape=[5, 3]) : [5, 3]\n"
            "%10 = multiply(%9, %1) : [5, 3]\n"
            "output h = %7\n"
            "update dense1.weight = %10\n");
}

// The last line of the printed graph of one operation.
std::string printed(Value value) {
  const std::string text = print(value.graph());
  return text.substr(text.rfind('\n', text.size() - 2) + 1);
}

TEST(Print, SaysWhatTheAttributesMean) {
  Graph graph;
  const Value x = graph.input("x", {4, 3}), counter = graph.input("counter", {2});
  EXPECT_EQ(printed(mean(x, {0})), "%2 = mean(%0, axes=[0]) : [1, 3]\n");
  EXPECT_EQ(printed(elu(x, 1.5)), "%3 = elu(%0, alpha=1.5) : [4, 3]\n");
  EXPECT_EQ(printed(huber(x, x, 2)), "%4 = huber(%0, %0, delta=2) : []\n");
  EXPECT_EQ(printed(dropout(x, counter, 0.1, 7, 9)),
            "%5 = dropout(%0, %1, seed and stream=[7, 9], rate=0.1) : [4, 3]\n");
  EXPECT_EQ(printed(slice(x, {1, 0}, {3, 2})),
            "%6 = slice(%0, begin and end=[1, 0, 3, 2]) : [2, 2]\n");
  EXPECT_EQ(printed(concatenate({{x, x}}, 1)), "%7 = concatenate(%0, %0, axis=[1]) : [4, 6]\n");
  EXPECT_EQ(printed(random_uniform(counter, {2}, 7, 9)),
            "%8 = random_uniform(%1, seed, stream, shape=[7, 9, 2]) : [2]\n");
  EXPECT_EQ(printed(softmax(x)), "%9 = softmax(%0) : [4, 3]\n");
}

}  // namespace
}  // namespace chainrule
