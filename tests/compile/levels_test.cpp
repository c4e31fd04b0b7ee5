// Random programs have one set of bits: at every instruction set, with any passes, and threads.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "chainrule/program.h"
#include "compile/random_graph.h"
#include "kernels/dispatch.h"

namespace chainrule {
namespace {

class RandomPrograms : public testing::Test {
 protected:
  ~RandomPrograms() override { kernels::limit_simd(kernels::available_simd().back()); }

  static void fill(std::span<float> numbers, std::uint64_t seed) {
    RandomStream random(seed, numbers.size());
    for (float& number : numbers) number = static_cast<float>(random.normal());
  }

  // Of all outputs and variables after two runs.
  static std::uint64_t hash_of(const Graph& graph, std::uint64_t seed,
                               const std::set<std::string>& skip, int threads) {
    Session session(threads);
    Program program(graph, session, {.skip = skip});
    for (const std::string& name : session.variables()) fill(session.values(name), seed + 1);
    for (const char* name : {"x", "row", "column", "scalar"})
      if (program.has_input(name)) fill(program.input(name), seed);
    std::uint64_t all = 0;
    for (int run = 0; run < 2; ++run) {
      program.run();
      for (const Output& output : graph.outputs()) all = hash(program.output(output.name), all);
    }
    for (const std::string& name : session.variables()) all = hash(session.values(name), all);
    return all;
  }
};

TEST_F(RandomPrograms, HaveTheSameBitsWhateverRunsThem) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Graph graph = random_graph(seed, 4 + static_cast<int>(seed % 27));
    kernels::limit_simd(kernels::SimdLevel::baseline);
    const std::uint64_t expected = hash_of(graph, seed, {"generate", "fuse"}, 1);
    for (const kernels::SimdLevel level : kernels::available_simd()) {
      kernels::limit_simd(level);
      for (const auto& skip : std::vector<std::set<std::string>>{{}, {"generate"}, {"fuse"}})
        EXPECT_EQ(hash_of(graph, seed, skip, 2), expected)
            << "seed " << seed << ", " << kernels::simd_name(level) << ", without "
            << (skip.empty() ? "nothing" : *skip.begin());
    }
  }
}

}  // namespace
}  // namespace chainrule
