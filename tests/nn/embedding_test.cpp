// Rows of ids: what comes in their place, who learns by them, and what is no id.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "nn/message.h"
#include "nn/place.h"

namespace chainrule {
namespace {

using testing::HasSubstr;

TEST(Embedding, PutsRowsOfTheTableInPlaceOfIds) {
  Graph graph;
  const Value x = graph.input("x", {2, 3});
  const nn::Traced traced = nn::trace({nn::Embedding{.entries = 4, .size = 2}}, x, 1);
  ASSERT_EQ(traced.parameters.size(), 1U);
  EXPECT_EQ(traced.parameters[0].name, "embedding1.weight");
  EXPECT_EQ(traced.output.shape(), (Shape{2, 3, 2}));
  const Value weights = graph.constant({{2, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}});
  const Value slope =
      gradient(sum(traced.output * weights), std::vector{traced.parameters[0].variable}).front();
  const auto values =
      evaluate(graph, {{"x", {{2, 3}, {2, 0, 2, 3, 3, 0}}},
                       {"embedding1.weight", {{4, 2}, {0, 1, 10, 11, 20, 21, 30, 31}}}});
  const auto of = [&](Value value) { return values[static_cast<std::size_t>(value.id())].values; };
  EXPECT_THAT(of(traced.output), testing::ElementsAre(20, 21, 0, 1, 20, 21, 30, 31, 30, 31, 0, 1));
  // Each row of the table is moved by those that used it: 0 by the second and the sixth, 1 by none.
  EXPECT_THAT(of(slope), testing::ElementsAre(3 + 11, 4 + 12, 0, 0, 1 + 5, 2 + 6, 7 + 9, 8 + 10));
}

// The variance of a uniform number from -a to a is a^2 / 3.
TEST(Embedding, StartsWithTheVarianceThatItSays) {
  Graph graph;
  const nn::Traced traced =
      nn::trace({nn::Embedding{.entries = 1000, .size = 16}}, graph.input("x", {1, 1}), 1);
  double squares = 0, largest = 0;
  for (const double w : traced.parameters[0].initial.values) {
    squares += w * w;
    largest = std::max(largest, std::abs(w));
  }
  EXPECT_NEAR(squares / 16'000, 1 / 16.0, 0.002);
  EXPECT_LE(largest, std::sqrt(3 / 16.0));
}

TEST(Embedding, IsRefusedWhereNoEntriesAreNamed) {
  EXPECT_THAT(message([] {
                nn::placed({nn::Embedding{}}, {1, 3});
              }),
              HasSubstr("embedding1: entries = 0; it must be from 1 to 16000000"));
}

TEST(Reshape, SaysHowManyNumbersThereAre) {
  EXPECT_THAT(
      message([] {
        nn::placed({nn::Reshape{.shape = {1, 28, 27}}}, {1, 784});
      }),
      HasSubstr("reshape1: shape = [1, 28, 27] holds 756 numbers, and the rows it gets hold "
                "784, of shape [784]"));
}

TEST(Embedding, IsRefusedBehindWhatMakesOtherNumbers) {
  EXPECT_THAT(message([] {
                nn::placed({nn::Dense{3}, nn::Embedding{.entries = 4}}, {1, 3});
              }),
              HasSubstr("embedding1 takes ids, and dense1 gives other numbers. Let it read the "
                        "network's input: inputs = [\"input\"]."));
  const nn::Network moved{nn::Reshape{.shape = {3, 1}}, nn::Embedding{.entries = 4}};
  EXPECT_EQ(nn::placed(moved, {1, 3}).back().y, (Shape{1, 3, 8}));
  EXPECT_EQ(nn::input_ids(moved, {1, 3}).at(0).count, 4);
}

TEST(InputIds, AreToldLayerByLayerWithTheNumbersThatItReads) {
  const nn::Network network{nn::Layer(nn::Embedding{.entries = 9}).named("first"),
                            nn::Layer(nn::Flatten{}).named("flat"),
                            nn::Layer(nn::Pick{{2, 0}}).named("some").from({"input"}),
                            nn::Layer(nn::EmbeddingBag{.entries = 7}).named("second"),
                            nn::Layer(nn::Concatenate{}).from({"flat", "second"}),
                            nn::Dense{1}};
  const std::vector<nn::InputIds> ids = nn::input_ids(network, {1, 3});
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_EQ(ids[0].layer, "first");
  EXPECT_EQ(ids[0].count, 9);
  EXPECT_THAT(ids[0].features, testing::IsEmpty()) << "all of them";
  EXPECT_EQ(ids[1].layer, "second");
  EXPECT_EQ(ids[1].count, 7);
  EXPECT_THAT(ids[1].features, testing::ElementsAre(2, 0));
  EXPECT_THAT(nn::input_ids({nn::Dense{1}}, {1, 3}), testing::IsEmpty());
}

// (0, 1) and (20, 21) over the root of 2; of none, 0; (10, 11) thrice over the root of 3.
TEST(EmbeddingBag, AddsTheRowsOfTheIdsThatAreThere) {
  Graph graph;
  const Value x = graph.input("x", {3, 3});
  const nn::Traced traced = nn::trace({nn::EmbeddingBag{.entries = 4, .size = 2}}, x, 1);
  EXPECT_EQ(traced.output.shape(), (Shape{3, 2}));
  const Value weights = graph.constant({{3, 2}, {1, 2, 3, 4, 5, 6}});
  const Value slope =
      gradient(sum(traced.output * weights), std::vector{traced.parameters[0].variable}).front();
  const auto values =
      evaluate(graph, {{"x", {{3, 3}, {1, 0, 3, 0, 0, 0, 2, 2, 2}}},
                       {"embedding_bag1.weight", {{4, 2}, {70, 71, 0, 1, 10, 11, 20, 21}}}});
  const auto of = [&](Value value) { return values[static_cast<std::size_t>(value.id())].values; };
  const double two = std::sqrt(2.0), three = std::sqrt(3.0);
  EXPECT_THAT(of(traced.output),
              testing::Pointwise(testing::DoubleNear(1e-12),
                                 {20 / two, 22 / two, 0.0, 0.0, 30 / three, 33 / three}));
  EXPECT_THAT(of(slope), testing::Pointwise(testing::DoubleNear(1e-12),
                                            {0.0, 0.0, 1 / two, 2 / two, 15 / three, 18 / three,
                                             1 / two, 2 / two}))
      << "the row of id 0 learns nothing";
}

}  // namespace
}  // namespace chainrule
