// What the passes make of networks on images.
#include <algorithm>
#include <bit>

#include <gtest/gtest.h>

#include "chainrule/program.h"
#include "compile/image_network.h"
#include "compile/passes.h"
#include "graph/op.h"
#include "kernels/dispatch.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

std::int64_t count_of(const Graph& graph, const Op& op) {
  return std::ranges::count(graph.nodes(), &op, &Node::op);
}

Draft compiled_without(const std::set<std::string>& skip) {
  return compile(ImageNetwork().graph, skip);
}

TEST(Convolve, LeavesNoWindowsButThoseOfMeansAndOfStridesBackward) {
  const Graph graph = compiled_without({}).graph;
  EXPECT_EQ(count_of(graph, convolve_op), 4);
  EXPECT_EQ(count_of(graph, filter_gradient_op), 4);
  EXPECT_EQ(count_of(graph, image_gradient_op), 2);  // the first needs none, one has a stride
  EXPECT_EQ(count_of(graph, max_pool_op), 1);
  EXPECT_EQ(count_of(graph, max_pool_gradient_op), 1);
  EXPECT_EQ(count_of(graph, windows_op), 1);
  EXPECT_EQ(count_of(graph, overlap_op), 2);
}

TEST(Layout, LeavesTheTransposesOfTheInputTheWeightsAndTheLastLayer) {
  const auto of_images = [](const Graph& graph) {
    return std::ranges::count_if(graph.nodes(), [](const Node& node) {
      return node.op == &transpose_op && node.shape[0] == 4 && node.shape.rank() == 4;
    });
  };
  EXPECT_GE(of_images(compiled_without({"layout"}).graph), 20);
  EXPECT_LE(of_images(compiled_without({}).graph), 4);
}

// Losses and weights after some steps.
std::vector<float> train(const std::set<std::string>& skip, int threads = 1,
                         std::int64_t batch = 4) {
  const ImageNetwork network(batch);
  Session session(threads);
  Program program(network.graph, session, {.skip = skip});
  RandomStream random(5, 0);
  for (const Value w : network.weights)
    for (float& number : session.values(w.node().name))
      number = static_cast<float>(0.4 * random.normal());
  std::vector<float> all;
  for (int step = 0; step < 3; ++step) {
    for (const char* name : {"x", "target"})
      for (float& number : program.input(name)) number = static_cast<float>(random.normal());
    program.run();
    all.push_back(program.output("loss")[0]);
  }
  for (const Value w : network.weights) {
    const auto values = session.values(w.node().name);
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

std::vector<std::uint32_t> bits_after(const std::vector<float>& numbers) {
  std::vector<std::uint32_t> list;
  for (const float number : numbers) list.push_back(std::bit_cast<std::uint32_t>(number));
  return list;
}

TEST(ImageNetworks, LearnTheSameWithoutAnyOneOfThePasses) {
  const std::vector<float> expected = train({});
  for (const std::string_view pass : compiler_passes()) {
    const std::vector<float> got = train({std::string(pass)});
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i)
      EXPECT_NEAR(got[i], expected[i], 1e-4 * (1 + std::abs(expected[i]))) << "without " << pass;
  }
}

TEST(ImageNetworks, KeepTheirBitsWithAnyNumberOfThreadsGroupingAndInstructionSet) {
  const auto expected = bits_after(train({}));
  for (const kernels::SimdLevel level : kernels::available_simd()) {
    kernels::limit_simd(level);
    for (const int threads : {1, 2, 3, 4}) EXPECT_EQ(bits_after(train({}, threads)), expected);
    for (const char* pass :
         {"fuse", "recompute", "join_sums", "schedule", "reuse", "plan_memory", "generate"})
      EXPECT_EQ(bits_after(train({pass}, 2)), expected) << "without " << pass;
  }
  kernels::limit_simd(kernels::available_simd().back());
}

// So many rows of channels that chains end in their sums.
TEST(ImageNetworks, KeepTheirBitsInLargeBatches) {
  constexpr std::int64_t batch = 32;
  const auto expected = bits_after(train({"recompute", "join_sums"}, 1, batch));
  for (const kernels::SimdLevel level : kernels::available_simd()) {
    kernels::limit_simd(level);
    for (const int threads : {1, 3}) EXPECT_EQ(bits_after(train({}, threads, batch)), expected);
    for (const char* pass : {"recompute", "join_sums", "generate"})
      EXPECT_EQ(bits_after(train({pass}, 2, batch)), expected) << "without " << pass;
  }
  kernels::limit_simd(kernels::available_simd().back());
}

}  // namespace
}  // namespace chainrule
