// The plain loops that the page is compared with, proven against their own loss.
#include <gtest/gtest.h>

#include "explain/page_numbers.h"
#include "explain/random_networks.h"

namespace chainrule {
namespace {

// dE/dw by a central difference, whose error is of order h^2.
double difference(ReferenceNetwork net, double& (*parameter)(ReferenceNetwork&, std::size_t),
                  std::size_t which) {
  constexpr double h = 1e-5;
  double& w = parameter(net, which);
  const double start = w;
  w = start + h;
  const double right = loss_of(net);
  w = start - h;
  const double left = loss_of(net);
  return (right - left) / (2 * h);
}

// Weights row by row, layer by layer, as the page counts them.
double& weight(ReferenceNetwork& net, std::size_t which) {
  for (ReferenceLayer& layer : net.layers)
    for (Numbers& row : layer.weight) {
      if (which < row.size()) return row[which];
      which -= row.size();
    }
  throw std::out_of_range("weight");
}

double& bias(ReferenceNetwork& net, std::size_t which) {
  for (ReferenceLayer& layer : net.layers) {
    if (which < layer.bias.size()) return layer.bias[which];
    which -= layer.bias.size();
  }
  throw std::out_of_range("bias");
}

// The largest deviation of the reference's gradients from finite differences of its loss.
double gradient_error(const ReferenceNetwork& net, const NamedNumbers& gradients) {
  double largest = 0;
  for (const auto& [symbol, gradient] : gradients) {
    const std::size_t which = std::stoul(symbol.substr(1)) - 1;
    const double slope = difference(net, symbol[0] == 'W' ? weight : bias, which);
    largest = std::max(largest, std::abs(gradient - slope));
  }
  return largest;
}

class ReferenceNetworkWith : public testing::TestWithParam<std::string> {};

TEST_P(ReferenceNetworkWith, GradientsAreFiniteDifferencesOfItsLoss) {
  for (const ReferenceNetwork& net : random_networks(GetParam()))
    EXPECT_LE(gradient_error(net, by_name(backward(net).parameters)), 1e-9) << description(net);
}

INSTANTIATE_TEST_SUITE_P(EveryLoss, ReferenceNetworkWith, testing::ValuesIn(all_losses()),
                         [](const auto& loss) { return loss.param; });

TEST(ReferenceNetwork, AWrongGradientIsSeen) {
  const ReferenceNetwork net = random_networks("half_squared_error").back();
  for (const char* symbol : {"W1", "W7", "b1"}) {
    NamedNumbers gradients = by_name(backward(net).parameters);
    gradients.at(symbol) += 1e-6;
    EXPECT_GT(gradient_error(net, gradients), 1e-9) << symbol;
  }
}

}  // namespace
}  // namespace chainrule
