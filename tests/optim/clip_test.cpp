#include <cmath>

#include <gtest/gtest.h>

#include "chainrule/gradient.h"
#include "chainrule/nn.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "nn/message.h"

namespace chainrule {
namespace {

using Numbers = std::vector<double>;

// Clips a gradient of shape [2, 2] and one of shape [3] together.
Numbers clipped(const Numbers& a, const Numbers& b, double norm) {
  Graph graph;
  const auto out = clip_by_norm({graph.input("a", {2, 2}), graph.input("b", {3})}, norm);
  const auto values = evaluate(graph, {{"a", {{2, 2}, a}}, {"b", {{3}, b}}});
  Numbers all = values[static_cast<std::size_t>(out[0].id())].values;
  const Numbers& rest = values[static_cast<std::size_t>(out[1].id())].values;
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

TEST(ClipByNorm, ScalesAllGradientsDownToTheNorm) {
  // 1 + 4 + 4 + 16 + 25 + 50 = 100: the common norm is 10.
  const Numbers g{1, -2, 2, 4, -5, std::sqrt(50.0), 0};
  const Numbers result = clipped({g.begin(), g.begin() + 4}, {g.begin() + 4, g.end()}, 2.5);
  for (std::size_t i = 0; i < g.size(); ++i) EXPECT_NEAR(result[i], g[i] / 4, 1e-15);
}

TEST(ClipByNorm, LeavesSmallerOnesAlone) {
  EXPECT_EQ(clipped({0.1, 0.2, 0, 0}, {0, 0, -0.3}, 2.0), (Numbers{0.1, 0.2, 0, 0, 0, 0, -0.3}));
  EXPECT_EQ(clipped({0, 0, 0, 0}, {0, 0, 0}, 2.0), Numbers(7, 0.0));
}

// d/dx of the sum of clip(x): against central differences, on both sides of the norm and at 0.
TEST(ClipByNorm, HasTheRightDerivative) {
  const auto summed = [](const Numbers& x) {
    const Numbers y = clipped({x.begin(), x.begin() + 4}, {x.begin() + 4, x.end()}, 1.5);
    double total = 0;
    for (const double v : y) total += v;
    return total;
  };
  for (const double size : {2.0, 0.1, 0.0}) {
    Numbers x{0.5, -1, 0.7, 0.2, 1.1, -0.4, 0.9};
    for (double& v : x) v *= size;
    Graph graph;
    const Value a = graph.input("a", {2, 2}), b = graph.input("b", {3});
    const auto out = clip_by_norm({a, b}, 1.5);
    const Value total = reshape(sum(out[0]), {}) + reshape(sum(out[1]), {});
    const auto grads = gradient(total, {{a, b}});
    const auto values = evaluate(graph, {{"a", {{2, 2}, {x.begin(), x.begin() + 4}}},
                                         {"b", {{3}, {x.begin() + 4, x.end()}}}});
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Value from = grads[i < 4 ? 0 : 1];
      const double exact = values[static_cast<std::size_t>(from.id())].values[i < 4 ? i : i - 4];
      Numbers up = x, down = x;
      up[i] += 1e-6, down[i] -= 1e-6;
      EXPECT_NEAR(exact, (summed(up) - summed(down)) / 2e-6, 1e-8) << "size " << size;
    }
  }
}

TEST(ClipByNorm, RefusesANormThatIsNotPositive) {
  EXPECT_EQ(message([] { clip_by_norm({}, 0); }),
            "clip_by_norm: norm = 0; it must be above 0 and finite.");
  EXPECT_TRUE(clip_by_norm({}, 1).empty());
}

}  // namespace
}  // namespace chainrule
