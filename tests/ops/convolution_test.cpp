// Convolutions and poolings as the compiler makes them, against the composition that they stand for
// and against loops over the definition, to the bit.
#include <cmath>
#include <optional>

#include <gmock/gmock.h>

#include "kernels/dispatch.h"
#include "kernels/matmul.h"
#include "ops/numbers.h"

namespace chainrule {
namespace {

struct ConvolutionCase {
  Windows where{};
  Shape image{}, result{};  // [batch, down, across, filters]

  std::int64_t numbers() const { return where.size[0] * where.size[1] * image[3]; }
};

std::int64_t from_to(RandomStream& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

std::optional<ConvolutionCase> draw_convolution(RandomStream& random, bool is_stride_one) {
  ConvolutionCase c;
  std::array<std::int64_t, 2> extent{}, count{};
  for (std::size_t side = 0; side < 2; ++side) {
    Windows& w = c.where;
    extent[side] = from_to(random, 1, 17);
    w.size[side] = from_to(random, 1, 4);
    w.stride[side] = is_stride_one ? 1 : from_to(random, 1, 3);
    w.dilation[side] = random.below(4) == 0 ? 2 : 1;
    w.before[side] = from_to(random, 0, 3);
    w.after[side] = from_to(random, 0, 3);
    const std::int64_t room =
        w.before[side] + extent[side] + w.after[side] - (w.size[side] - 1) * w.dilation[side] - 1;
    if (room < 0) return {};
    count[side] = room / w.stride[side] + 1;
  }
  constexpr std::array<std::int64_t, 7> channels{1, 2, 3, 8, 16, 19, 40};
  const std::int64_t batch = from_to(random, 1, 9);
  c.image = {batch, extent[0], extent[1], channels[random.below(channels.size())]};
  c.result = {batch, count[0], count[1], from_to(random, 2, 37)};
  return c;
}

struct Setting {
  int threads = 1;
  std::set<std::string> skip{};
};

Floats run_with(const Graph& graph, const std::vector<Floats>& x, const Setting& setting) {
  Session session(setting.threads);
  Program program(graph, session, {.skip = setting.skip});
  for (std::size_t i = 0; i < x.size(); ++i)
    std::ranges::copy(x[i], program.input(fmt::format("x{}", i)).begin());
  program.run();
  const auto y = program.output("y");
  return {y.begin(), y.end()};
}

class Levels : public testing::Test {
 protected:
  ~Levels() override { kernels::limit_simd(kernels::available_simd().back()); }

  // At every instruction set, with several numbers of threads.
  static void expect_everywhere(const Graph& graph, const std::vector<Floats>& x,
                                const Floats& expected, const std::string& what) {
    for (const kernels::SimdLevel level : kernels::available_simd()) {
      kernels::limit_simd(level);
      for (const int threads : {1, 2, 4})
        ASSERT_EQ(all_bits(run_with(graph, x, {.threads = threads})), all_bits(expected))
            << what << " at " << kernels::simd_name(level) << ", " << threads << " threads";
    }
  }
};

using Convolution = Levels;
using Pooling = Levels;

std::string name_of(const ConvolutionCase& c) {
  return fmt::format("{} to {}, windows {} x {}", c.image.to_string(), c.result.to_string(),
                     c.where.size[0], c.where.size[1]);
}

// What the compiler makes of windows and a product, with and without a bias behind it.
TEST_F(Convolution, HasTheBitsOfTheProductOfWindows) {
  RandomStream random(11, 0);
  for (int round = 0; round < 25; ++round) {
    const auto c = draw_convolution(random, false);
    if (!c) continue;
    const Shape filters{c->numbers(), c->result[3]};
    Graph graph;
    const Value y = convolve(graph.input("x0", c->image), graph.input("x1", filters), c->where);
    graph.output("y", round % 2 == 0 ? y : relu(y + graph.input("x2", {c->result[3]})));
    std::vector<Floats> x{drawn_floats(c->image.size(), random),
                          drawn_floats(filters.size(), random)};
    if (round % 2 != 0) x.push_back(drawn_floats(c->result[3], random));
    const Floats expected = run_with(graph, x, {.skip = {"convolve"}});
    expect_everywhere(graph, x, expected, name_of(*c));
  }
}

TEST_F(Convolution, GivesItsFiltersTheGradientOfTheProductOfWindows) {
  RandomStream random(12, 0);
  for (int round = 0; round < 25; ++round) {
    const auto c = draw_convolution(random, false);
    if (!c) continue;
    Graph graph;
    graph.output(
        "y", filter_gradient(graph.input("x0", c->image), graph.input("x1", c->result), c->where));
    const std::vector<Floats> x{drawn_floats(c->image.size(), random),
                                drawn_floats(c->result.size(), random)};
    const Floats expected = run_with(graph, x, {.skip = {"convolve"}});
    expect_everywhere(graph, x, expected, name_of(*c));
  }
}

// The sum of docs/exact.md as plain loops: over the filters' places from the last to the first, and
// the outputs, in blocks, each product fused with its sum.
Floats image_gradient_in_order(const ConvolutionCase& c, const Floats& g, const Floats& filters) {
  const Windows& w = c.where;
  const std::int64_t outputs = c.result[3], channels = c.image[3];
  const std::int64_t places = w.size[0] * w.size[1];
  const std::int64_t block = kernels::sum_block(places * outputs);
  Floats image;
  for (std::int64_t at = 0; at < c.image.size(); ++at) {
    const std::int64_t channel = at % channels, column = at / channels % c.image[2];
    const std::int64_t row = at / channels / c.image[2] % c.image[1];
    const std::int64_t n = at / channels / c.image[2] / c.image[1];
    float total = 0;
    for (std::int64_t begin = 0; begin < places * outputs; begin += block) {
      float sum = -0.0F;
      for (std::int64_t k = begin; k < std::min(begin + block, places * outputs); ++k) {
        const std::int64_t place = places - 1 - k / outputs, o = k % outputs;
        const std::int64_t i = row + w.before[0] - place / w.size[1] * w.dilation[0];
        const std::int64_t j = column + w.before[1] - place % w.size[1] * w.dilation[1];
        const bool is_inside = i >= 0 && i < c.result[1] && j >= 0 && j < c.result[2];
        const auto from = ((n * c.result[1] + i) * c.result[2] + j) * outputs + o;
        const float flow = is_inside ? g[static_cast<std::size_t>(from)] : 0.0F;
        const auto weight = static_cast<std::size_t>((place * channels + channel) * outputs + o);
        sum = std::fma(flow, filters[weight], sum);
      }
      total = begin == 0 ? sum : total + sum;
    }
    image.push_back(total);
  }
  return image;
}

TEST_F(Convolution, GivesItsImagesTheirGradientInTheOrderThatIsWrittenDown) {
  RandomStream random(13, 0);
  for (int round = 0; round < 25; ++round) {
    const auto c = draw_convolution(random, true);
    if (!c) continue;
    const Shape filters{c->numbers(), c->result[3]};
    Graph graph;
    graph.output("y", image_gradient(graph.input("x0", c->result), graph.input("x1", filters),
                                     c->where, c->image[1], c->image[2]));
    const std::vector<Floats> x{drawn_floats(c->result.size(), random),
                                drawn_floats(filters.size(), random)};
    expect_everywhere(graph, x, image_gradient_in_order(*c, x[0], x[1]), name_of(*c));
    const Floats composed = run_with(graph, x, {.skip = {"convolve"}});
    const Floats got = run_with(graph, x, {});
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], composed[i], 2e-4);
  }
}

// Few different numbers, so that there are ties, and NaN.
Floats tied_floats(std::int64_t count, RandomStream& random) {
  Floats numbers(static_cast<std::size_t>(count));
  for (float& number : numbers)
    number = random.below(200) == 0 ? std::nanf("") : static_cast<float>(random.below(5)) - 2;
  return numbers;
}

// Bits but those of NaN, which are left open.
std::vector<std::uint32_t> known_bits(Floats numbers) {
  for (float& number : numbers)
    if (std::isnan(number)) number = std::nanf("");
  return all_bits(numbers);
}

TEST_F(Pooling, AndItsGradientHaveTheBitsOfMaximaOverWindows) {
  RandomStream random(14, 0);
  int tried = 0;
  for (int round = 0; round < 60; ++round) {
    const auto c = draw_convolution(random, false);
    if (!c) continue;
    Windows where = c->where;
    if (round % 3 != 0) {  // windows that do not overlap
      where.stride = {where.size[0] * where.dilation[0], where.size[1] * where.dilation[1]};
    }
    if (round % 2 == 0) where.fill = -1;
    Graph graph;
    const Value x = graph.input("x0", c->image), y = max_pool(x, where);
    const Value g = graph.input("x1", y.shape());
    graph.output("y", max_pool_gradient(g, x, y, where));
    graph.output("pooled", y);
    const std::vector<Floats> numbers{tied_floats(c->image.size(), random),
                                      drawn_floats(y.shape().size(), random)};
    const auto expected = known_bits(run_with(graph, numbers, {.skip = {"convolve"}}));
    for (const kernels::SimdLevel level : kernels::available_simd()) {
      kernels::limit_simd(level);
      for (const int threads : {1, 3})
        ASSERT_EQ(known_bits(run_with(graph, numbers, {.threads = threads})), expected)
            << name_of(*c) << " at " << kernels::simd_name(level);
    }
    ++tried;
  }
  EXPECT_GT(tried, 20);
}

}  // namespace
}  // namespace chainrule
