// What stories say of single layers: which draw a random number is, which windows of a convolution
// pushed most, and on which ways a number acts through a normalisation.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "explain/formula/formula.h"
#include "explain/step_notes.h"
#include "explain/story/run_story.h"
#include "kernels/random.h"

namespace chainrule::page {
namespace {

using ::testing::HasSubstr;

DoubleTensor normal_numbers(const Shape& shape, std::uint64_t seed) {
  RandomStream random(seed, 0);
  DoubleTensor tensor(shape);
  for (double& number : tensor.values) number = static_cast<float>(random.normal());
  return tensor;
}

StepState state_with(nn::Sequential network, const Shape& x, const Shape& target) {
  return {.network = std::move(network),
          .loss = loss_named("mean_squared_error"),
          .optimizer = SGD{},
          .seed = 11,
          .feeds = {{"x", normal_numbers(x, 1)},
                    {"target", normal_numbers(target, 2)},
                    {"learning_rate", {{}, {0.5}}},
                    {"step", {{}, {7.0}}},
                    {"counter", {{2}, {7.0, 0.0}}}}};
}

Page told_of(RunStep& step, const std::string& question) {
  return build_story(step, parse_quantity(step, question, 0), a_step(), {.top = 3, .depth = 5});
}

std::vector<const Line*> lines_in(const Page& page) {
  std::vector<const Line*> lines;
  for (const Section& section : page.sections)
    for (const Block& block : section.blocks)
      if (const auto* group = std::get_if<Group>(&block))
        for (const Line& line : *group) lines.push_back(&line);
  return lines;
}

double value_in(const Page& page, const std::string& symbol) {
  for (const Line* line : lines_in(page))
    if (line->quantity.symbol == symbol) return line->quantity.value;
  ADD_FAILURE() << "no line of " << symbol << "\n" << write_text(page, {});
  return 0;
}

// The loss has a scalar of its own, 1/n, which no update uses.
TEST(LayerStories, WhatUpdatesShareIsTheOptimizersAlone) {
  StepState state = state_with({nn::Dense{.units = 3}}, {4, 2}, {4, 3});
  state.loss = loss_named("binary_cross_entropy");
  for (double& target : state.feeds["target"].values) target = target > 0 ? 1 : 0;
  EXPECT_TRUE(RunStep(state).shared().empty());
  state.optimizer = Adam{};
  EXPECT_EQ(RunStep(state).shared().size(), 2U);  // the rate and epsilon, corrected for the step
}

// ---- Dropout ------------------------------------------------------------------------------------

TEST(LayerStories, ARandomNumberSaysWhichDrawItIs) {
  const nn::Sequential network{nn::Dense{.units = 4}, nn::Dropout{.rate = 0.4},
                               nn::Dense{.units = 2}};
  RunStep step(state_with(network, {3, 2}, {3, 2}));
  const Page page = told_of(step, "dropout1[2,1]");
  ASSERT_TRUE(page.verdict.passed);
  // The second dropout-drawing layer would have stream 2; element [2,1] of [3,4] is number 9.
  float drawn = 0;
  kernels::fill_uniform({.seed = 11, .stream = 1, .step = 7}, 9, 10, &drawn);
  bool is_told = false;
  for (const Line* line : lines_in(page))
    if (line->formula)
      for_each_quantity(*line->formula, [&](const Quantity& quantity) {
        if (quantity.symbol != "dropout1.random_uniform[2,1]") return;
        is_told = true;
        EXPECT_EQ(quantity.value, drawn);
      });
  EXPECT_TRUE(is_told) << write_text(page, {});
  EXPECT_THAT(
      write_text(page, {}),
      HasSubstr("dropout1.random_uniform[2,1] is drawn at random: number 9 of what seed 11,\n"
                "stream 1 and step 7 give."));
  EXPECT_THAT(write_text(page, {.language = Language::ko}), HasSubstr("시드 11, 스트림 1, 스텝 7"));
}

// ---- Convolution --------------------------------------------------------------------------------

TEST(LayerStories, AConvolutionsWeightShowsTheWindowsThatPushedMost) {
  const nn::Sequential network{nn::Conv2d{.channels = 2, .kernel = 3, .stride = 2, .padding = 1},
                               nn::Dense{.units = 1}};
  RunStep step(state_with(network, {2, 1, 6, 7}, {2, 1}));
  const Page page = told_of(step, "conv2d1.weight[1,0,2,0].gradient");
  ASSERT_TRUE(page.verdict.passed);
  // x[s,0,2r+2-1,2c+0-1] dE/dz[s,1,r,c], where that is inside: z has 3 rows and 4 columns.
  const std::vector<double>& x = step.elements().values(step.traced().x.id()).values;
  const Value z = step.find("conv2d1.z").value();
  ASSERT_EQ(z.shape(), (Shape{2, 2, 3, 4}));
  const std::vector<double>& delta = step.elements().values(step.gradient_of(z).id()).values;
  struct Window {
    double share;
    int sample, row, column;
  };
  std::vector<Window> windows;
  for (int s = 0; s < 2; ++s)
    for (int r = 0; r < 3; ++r)
      for (int c = 0; c < 4; ++c) {
        const int row = 2 * r + 1, column = 2 * c - 1;
        if (row >= 6 || column < 0 || column >= 7) continue;
        const auto at = static_cast<std::size_t>((s * 6 + row) * 7 + column),
                   of = static_cast<std::size_t>(((s * 2 + 1) * 3 + r) * 4 + c);
        windows.push_back({x[at] * delta[of], s, r, c});
      }
  std::ranges::sort(windows, {}, [](const Window& w) { return -std::abs(w.share); });
  std::string expected = "Every window of every sample adds its share. Those that pushed most:\n";
  for (const Window& w : {windows[0], windows[1], windows[2]})
    expected +=
        fmt::format("\nSample {}: the window at row {}, column {}.\n", w.sample, w.row, w.column);
  EXPECT_THAT(write_text(page, {}), HasSubstr(expected));
  EXPECT_THAT(write_text(page, {.language = Language::ko}),
              HasSubstr(fmt::format("표본 {}: {}행 {}열의 창.", windows[0].sample, windows[0].row,
                                    windows[0].column)));
}

TEST(LayerStories, ABiasOfPicturesShowsPlaces) {
  const nn::Sequential network{nn::Conv2d{.channels = 2, .kernel = 2}, nn::Dense{.units = 1}};
  RunStep step(state_with(network, {2, 1, 4, 4}, {2, 1}));
  EXPECT_THAT(write_text(told_of(step, "conv2d1.bias[1].gradient"), {}),
              HasSubstr("Every place of every sample adds its share."));
}

// ---- Embedding ----------------------------------------------------------------------------------

TEST(LayerStories, AnEmbeddingShowsTheRowsThatUsedAnId) {
  StepState state =
      state_with({nn::Embedding{.entries = 4, .size = 2}, nn::Dense{.units = 1}}, {3, 2}, {3, 1});
  state.feeds["x"].values = {2, 0, 1, 2, 0, 0};  // id 2: sample 0, place 0; sample 1, place 1
  RunStep step(state);
  const Page page = told_of(step, "embedding1.weight[2,1].gradient");
  EXPECT_TRUE(page.verdict.passed) << write_text(page, {});
  const Value gradient = step.gradient_of(step.find("embedding1").value());
  const std::vector<double>& delta = step.elements().values(gradient.id()).values;
  const double first = delta[(0 * 2 + 0) * 2 + 1], second = delta[(1 * 2 + 1) * 2 + 1];
  EXPECT_EQ(value_in(page, "dE/dembedding1.weight[2,1]"), first + second);
  const std::string places[] = {"Sample 0: the place at time 0.", "Sample 1: the place at time 1."};
  const bool first_is_larger = std::abs(first) > std::abs(second);
  EXPECT_THAT(
      write_text(page, {}),
      HasSubstr("Every place of the batch that has this id adds its share. Those that pushed\n"
                "most:\n\n" +
                places[first_is_larger ? 0 : 1] + "\n\n" + places[first_is_larger ? 1 : 0]));
  const Page unused = told_of(step, "embedding1.weight[3,0].gradient");
  EXPECT_TRUE(unused.verdict.passed) << write_text(unused, {});
  EXPECT_THAT(write_text(unused, {}), HasSubstr("No row of this batch has this id."));
  const Page used = told_of(step, "embedding1[1,1,0]");
  EXPECT_TRUE(used.verdict.passed) << write_text(used, {});
  const NodeId table = step.find("embedding1.weight")->id();
  EXPECT_EQ(value_in(used, "embedding1[1,1,0]"), step.elements().value({table, 2 * 2 + 0}));
}

// Id 0 is none, and of three ids that are there each adds 1 / root of 3 of what comes back.
TEST(LayerStories, AnEmbeddingBagShowsTheRowsThatUsedAnId) {
  StepState state = state_with({nn::EmbeddingBag{.entries = 4, .size = 2}, nn::Dense{.units = 1}},
                               {3, 3}, {3, 1});
  state.feeds["x"].values = {2, 0, 0, 1, 2, 3, 0, 0, 0};
  RunStep step(state);
  const Page page = told_of(step, "embedding_bag1.weight[2,1].gradient");
  EXPECT_TRUE(page.verdict.passed) << write_text(page, {});
  const Value gradient = step.gradient_of(step.find("embedding_bag1").value());
  const std::vector<double>& delta = step.elements().values(gradient.id()).values;
  EXPECT_NEAR(value_in(page, "dE/dembedding_bag1.weight[2,1]"),
              delta[0 * 2 + 1] + delta[1 * 2 + 1] / std::sqrt(3.0), 1e-12);
  EXPECT_THAT(write_text(page, {}), testing::AllOf(HasSubstr("Sample 0: the place at time 0."),
                                                   HasSubstr("Sample 1: the place at time 1.")));
  const Page none = told_of(step, "embedding_bag1.weight[0,1].gradient");
  EXPECT_TRUE(none.verdict.passed) << write_text(none, {});
  EXPECT_EQ(value_in(none, "dE/dembedding_bag1.weight[0,1]"), 0);
  const Page given = told_of(step, "embedding_bag1[1,0]");
  EXPECT_TRUE(given.verdict.passed) << write_text(given, {});
}

// ---- Normalisation ------------------------------------------------------------------------------

TEST(LayerStories, ANumberActsThroughANormalisationDirectlyAndByMeanAndVariance) {
  constexpr double epsilon = 0.1;
  constexpr std::size_t n = 4;
  const nn::Sequential network{nn::Dense{.units = n}, nn::LayerNorm{.epsilon = epsilon},
                               nn::Dense{.units = 2}};
  RunStep step(state_with(network, {3, 2}, {3, 2}));
  const Page page = told_of(step, "dense1.z[1,2].gradient");
  ASSERT_TRUE(page.verdict.passed) << write_text(page, {});
  // Row 1, by hand: y = (z - mean) / sqrt(variance + epsilon), and g = dE/dy.
  const auto row_of = [&](Value value) {
    const std::vector<double>& all = step.elements().values(value.id()).values;
    return std::vector<double>(all.begin() + n, all.begin() + 2 * n);
  };
  const std::vector<double> z = row_of(step.find("dense1.z").value()),
                            g = row_of(
                                step.gradient_of(step.find("layer_norm1.standardised").value()));
  double mean = 0, variance = 0, sum_g = 0, sum_gz = 0;
  for (const double number : z) mean += number / n;
  for (std::size_t i = 0; i < n; ++i) {
    variance += (z[i] - mean) * (z[i] - mean) / n;
    sum_g += g[i];
    sum_gz += g[i] * (z[i] - mean);
  }
  const double deviation = std::sqrt(variance + epsilon);
  const double direct = g[2] / deviation, by_mean = -sum_g / deviation / n,
               by_variance = -sum_gz / (deviation * deviation * deviation) * (z[2] - mean) / n;
  EXPECT_NEAR(value_in(page, "path"), direct, 1e-14);
  EXPECT_NEAR(value_in(page, "path layer_norm1.mean"), by_mean, 1e-14);
  EXPECT_NEAR(value_in(page, "path layer_norm1.variance"), by_variance, 1e-14);
  EXPECT_NEAR(value_in(page, "dE/ddense1.z[1,2]"), direct + by_mean + by_variance, 1e-14);
  EXPECT_THAT(write_text(page, {}), HasSubstr("through layer_norm1.variance"));
  EXPECT_THAT(write_text(page, {.language = Language::ko}),
              HasSubstr("layer_norm1.variance를 거쳐"));
}

TEST(LayerStories, EveryNormalisationHasItsStatistics) {
  const Shape x{4, 4};
  for (const auto& [layer, statistics] :
       std::vector<std::pair<nn::Layer, std::vector<std::string>>>{
           {nn::BatchNorm{}, {"batch_norm1.batch_mean", "batch_norm1.batch_variance"}},
           {nn::GroupNorm{.groups = 2}, {"group_norm1.mean", "group_norm1.variance"}},
           {nn::RmsNorm{}, {"rms_norm1.mean_square"}}}) {
    const nn::Sequential network{nn::Dense{.units = 4}, layer, nn::Dense{.units = 2}};
    RunStep step(state_with(network, x, {4, 2}));
    const Page page = told_of(step, "dense1.z[1,2].gradient");
    EXPECT_TRUE(page.verdict.passed) << write_text(page, {});
    double sum = value_in(page, "path");
    for (const std::string& statistic : statistics) sum += value_in(page, "path " + statistic);
    EXPECT_NEAR(sum, value_in(page, "dE/ddense1.z[1,2]"), 1e-14);
  }
}

}  // namespace
}  // namespace chainrule::page
