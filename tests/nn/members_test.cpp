// Members against as many networks of their own, and piecewise linear functions against numbers
// worked out by hand.
#include <algorithm>
#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "chainrule/train.h"
#include "nn/message.h"

namespace chainrule {
namespace {

using nn::MemberDense, nn::PiecewiseLinear, nn::Pick;

// Numbers between -1 and 1 that are all different.
DoubleTensor some(const Shape& shape, double phase) {
  DoubleTensor tensor(shape);
  for (std::size_t i = 0; i < tensor.values.size(); ++i)
    tensor.values[i] = std::sin(phase + 1.7 * static_cast<double>(i));
  return tensor;
}

double at(const DoubleTensor& tensor, std::int64_t row, std::int64_t column) {
  return tensor.values[static_cast<std::size_t>(row * tensor.shape[1] + column)];
}

// Three members of 4 -> 2 (tanh) -> 3, with apart weights last.
struct Members {
  static constexpr std::int64_t count = 3, rows = 2, inputs = 4, hidden = 2, outputs = 3;
  nn::Network network{MemberDense{.units = hidden, .members = count, .activation = nn::tanh},
                      MemberDense{.units = outputs, .members = count, .apart = true}};
  DoubleTensor x = some({rows, inputs}, 0.1), target{{rows, outputs}, {0, 1, 0, 1, 0, 0}};
  Feeds feeds{{"x", x},
              {"target", target},
              {"member_dense1.weight", some({hidden, inputs}, 1)},
              {"member_dense1.input_factor", some({count, inputs}, 2)},
              {"member_dense1.output_factor", some({count, hidden}, 3)},
              {"member_dense1.bias", some({count, hidden}, 4)},
              {"member_dense2.weight", some({count * outputs, hidden}, 5)},
              {"member_dense2.bias", some({count, outputs}, 6)}};

  // What member m makes of a row, by loops.
  std::vector<double> logits(std::int64_t m, std::int64_t row) const {
    std::vector<double> h, z;
    for (std::int64_t unit = 0; unit < hidden; ++unit) {
      double sum = 0;
      for (std::int64_t i = 0; i < inputs; ++i)
        sum += at(x, row, i) * at(feeds.at("member_dense1.input_factor"), m, i) *
               at(feeds.at("member_dense1.weight"), unit, i);
      h.push_back(std::tanh(sum * at(feeds.at("member_dense1.output_factor"), m, unit) +
                            at(feeds.at("member_dense1.bias"), m, unit)));
    }
    for (std::int64_t k = 0; k < outputs; ++k) {
      double sum = at(feeds.at("member_dense2.bias"), m, k);
      for (std::int64_t unit = 0; unit < hidden; ++unit)
        sum += h[static_cast<std::size_t>(unit)] *
               at(feeds.at("member_dense2.weight"), m * outputs + k, unit);
      z.push_back(sum);
    }
    return z;
  }

  std::vector<double> probabilities(std::int64_t m, std::int64_t row) const {
    std::vector<double> p = logits(m, row);
    double sum = 0;
    for (double& value : p) sum += value = std::exp(value);
    for (double& value : p) value /= sum;
    return p;
  }
};

struct Evaluated {
  DoubleTensor loss, z, prediction;
};
Evaluated evaluated(const nn::Network& network, const Loss& loss, const Feeds& feeds) {
  Graph graph;
  const Value x = graph.input("x", feeds.at("x").shape);
  const nn::Traced traced = nn::trace(network, x, 1);
  const Value error = apply(loss, traced, graph.input("target", feeds.at("target").shape));
  const auto [z, prediction] = predicted(loss, traced);
  const std::vector<DoubleTensor> values = evaluate(graph, feeds);
  const auto of = [&](Value value) { return values[static_cast<std::size_t>(value.id())]; };
  return {of(error), of(z), of(prediction)};
}

TEST(Members, EachHasItsOwnLossWhoseMeanIsTrained) {
  const Members members;
  double expected = 0;
  for (std::int64_t m = 0; m < Members::count; ++m)
    for (std::int64_t row = 0; row < Members::rows; ++row)
      for (std::int64_t k = 0; k < Members::outputs; ++k)
        expected -= at(members.target, row, k) *
                    std::log(members.probabilities(m, row)[static_cast<std::size_t>(k)]);
  const Evaluated got = evaluated(members.network, {"cross_entropy"}, members.feeds);
  EXPECT_NEAR(got.loss.values[0], expected / (Members::count * Members::rows), 1e-12);
}

// The mean of probabilities, and logits that stand for it: softmax of them gives it again.
TEST(Members, PredictTheirMean) {
  const Members members;
  const Evaluated got = evaluated(members.network, {"cross_entropy"}, members.feeds);
  ASSERT_EQ(got.prediction.shape, (Shape{Members::rows, Members::outputs}));
  for (std::int64_t row = 0; row < Members::rows; ++row) {
    double sum = 0;
    for (std::int64_t k = 0; k < Members::outputs; ++k) sum += std::exp(at(got.z, row, k));
    for (std::int64_t k = 0; k < Members::outputs; ++k) {
      double mean = 0;
      for (std::int64_t m = 0; m < Members::count; ++m)
        mean += members.probabilities(m, row)[static_cast<std::size_t>(k)] / Members::count;
      EXPECT_NEAR(at(got.prediction, row, k), mean, 1e-12);
      EXPECT_NEAR(std::exp(at(got.z, row, k)) / sum, mean, 1e-12);
    }
  }
}

TEST(Members, OfNumbersPredictTheMeanOfTheNumbers) {
  Members members;
  members.feeds["target"] = some({Members::rows, Members::outputs}, 7);
  const Evaluated got = evaluated(members.network, {"mean_squared_error"}, members.feeds);
  double loss = 0;
  for (std::int64_t row = 0; row < Members::rows; ++row)
    for (std::int64_t k = 0; k < Members::outputs; ++k) {
      double mean = 0;
      for (std::int64_t m = 0; m < Members::count; ++m) {
        const double z = members.logits(m, row)[static_cast<std::size_t>(k)];
        mean += z / Members::count;
        loss += std::pow(z - at(members.feeds.at("target"), row, k), 2);
      }
      EXPECT_NEAR(at(got.prediction, row, k), mean, 1e-12);
    }
  EXPECT_NEAR(got.loss.values[0], loss / (Members::count * Members::rows * Members::outputs),
              1e-12);
}

// The logits of the mean of sigmoids; far from 0, where probabilities round to 0 and 1.
TEST(Members, OfYesAndNoHaveLogitsFarFromTheMiddle) {
  const nn::Network network{MemberDense{.units = 1, .members = 2, .apart = true}};
  const Feeds feeds{{"x", {{2, 1}, {1, -100}}},
                    {"target", {{2, 1}, {1, 0}}},
                    {"member_dense1.weight", {{2, 1}, {2, 3}}},
                    {"member_dense1.bias", {{2, 1}, {0, 1}}}};
  const Evaluated got = evaluated(network, {"binary_cross_entropy"}, feeds);
  const auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
  const double p = (sigmoid(2) + sigmoid(4)) / 2;
  EXPECT_NEAR(got.prediction.values[0], p, 1e-12);
  EXPECT_NEAR(got.z.values[0], std::log(p / (1 - p)), 1e-12);
  // (e^-200 + e^-299) / 2, next to which 1 is 1.
  EXPECT_NEAR(got.z.values[1], -200 - std::log(2), 1e-9);
}

TEST(Members, BeginAsDifferentOnes) {
  Graph graph;
  const Value x = graph.input("x", {2, 5});
  const nn::Traced traced = nn::trace({MemberDense{.units = 3, .members = 8}}, x, 1);
  const auto factor =
      std::ranges::find(traced.parameters, "member_dense1.input_factor", &nn::Parameter::name);
  ASSERT_NE(factor, traced.parameters.end());
  std::set<std::vector<double>> rows;
  for (std::int64_t m = 0; m < 8; ++m) {
    std::vector<double> row;
    for (std::int64_t i = 0; i < 5; ++i) row.push_back(at(factor->initial, m, i));
    EXPECT_THAT(row, testing::Each(testing::AnyOf(-1.0, 1.0)));
    rows.insert(row);
  }
  EXPECT_GT(rows.size(), 4U);
}

TEST(Members, OfAnotherNumberAreRefused) {
  Graph graph;
  const Value x = graph.input("x", {2, 5});
  const nn::Network network{MemberDense{.units = 3, .members = 8},
                            MemberDense{.units = 1, .members = 4}};
  EXPECT_THAT(
      message([&] { nn::trace(network, x, 1); }),
      testing::AllOf(testing::HasSubstr("member_dense2"), testing::HasSubstr("Set members = 8")));
}

// Edges 0, 1, 3: 2 has come through all of the first interval and half of the second.
TEST(PiecewiseLinear, AddsUpTheIntervalsThatANumberHasComeThrough) {
  const nn::Network network{PiecewiseLinear{.bins = 2, .size = 1}};
  const Feeds feeds{{"x", {{5, 1}, {2, 0.25, 3, -7, 99}}},
                    {"target", {{5, 1}, {0, 0, 0, 0, 0}}},
                    {"piecewise_linear1.weight", {{1, 2, 1}, {10, 100}}},
                    {"piecewise_linear1.linear", {{1, 1}, {1}}},
                    {"piecewise_linear1.edge", {{1, 3}, {0, 1, 3}}}};
  const Evaluated got = evaluated(network, {"mean_squared_error"}, feeds);
  // Beyond the edges it is as at the edge.
  EXPECT_THAT(got.prediction.values,
              testing::ElementsAre(2 + 10 + 50, 0.25 + 2.5, 3 + 110, 0, 3 + 110));
}

// A column with fewer values than edges has equal ones last. Nothing comes between them, and so no
// number's gradient is divided by their distance.
TEST(PiecewiseLinear, HasAGradientAtEqualEdges) {
  Graph graph;
  const Value x = graph.input("x", {3, 1});
  const nn::Traced traced = nn::trace({PiecewiseLinear{.bins = 3, .size = 1}}, x, 1);
  const Value within = graph.value(graph.find("piecewise_linear1.within").value());
  const std::vector<Value> gradients = gradient(sum(traced.output), std::vector<Value>{x, within});
  const auto values = evaluate(graph, {{"x", {{3, 1}, {0.25, 1, 7}}},
                                       {"piecewise_linear1.weight", {{1, 3, 1}, {10, 100, 100}}},
                                       {"piecewise_linear1.linear", {{1, 1}, {1}}},
                                       {"piecewise_linear1.edge", {{1, 4}, {0, 1, 1, 1}}}});
  const auto of = [&](Value value) { return values[static_cast<std::size_t>(value.id())].values; };
  EXPECT_THAT(of(traced.output), testing::ElementsAre(0.25 + 2.5, 1 + 10, 1 + 10));
  // At the edge it is the mean of the slopes on either side.
  EXPECT_THAT(of(gradients[1]), testing::Each(testing::AllOf(testing::Ge(1), testing::Le(11))));
  EXPECT_THAT(of(gradients[0]), testing::ElementsAre(11, testing::DoubleEq((1 + 5) / 2.0), 0));
}

TEST(Pick, TakesFeaturesInTheOrderGiven) {
  Graph graph;
  const Value x = graph.input("x", {2, 3});
  const nn::Traced traced = nn::trace({Pick{{2, 0, 2}}}, x, 1);
  const std::vector<DoubleTensor> values = evaluate(graph, {{"x", {{2, 3}, {1, 2, 3, 4, 5, 6}}}});
  EXPECT_THAT(values[static_cast<std::size_t>(traced.output.id())].values,
              testing::ElementsAre(3, 1, 3, 6, 4, 6));
}

TEST(Pick, RefusesFeaturesThatARowHasNot) {
  Graph graph;
  const Value x = graph.input("x", {2, 3});
  EXPECT_THAT(message([&] { nn::trace({Pick{{3}}}, x, 1); }),
              testing::AllOf(testing::HasSubstr("feature 3 does not exist"),
                             testing::HasSubstr("Pick from 0 to 2")));
}

}  // namespace
}  // namespace chainrule
