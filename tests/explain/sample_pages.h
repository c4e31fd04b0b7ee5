// Steps whose pages together have every operation's notation.
#pragma once

#include <string>
#include <vector>

#include "explain/random_networks.h"

namespace chainrule {

// All activations behind each other, with the loss and the optimizer of the longest formulas.
inline TrainingStep every_activation() {
  const std::size_t layers = all_activations().size();
  std::vector<std::size_t> widths(layers + 1, 1);
  widths.back() = 2;  // softmax is the last
  ReferenceNetwork net = random_network(widths, all_activations(), "huber", true, 1);
  return step_of(net, AdamW{});
}

inline TrainingStep with_loss(const std::string& loss) {
  const std::string last = last_activation("identity", loss, 1);
  return step_of(random_network({2, 2, 2}, {"elu", last}, loss, true, 2));
}

inline std::vector<TrainingStep> pages() {
  std::vector<TrainingStep> steps{every_activation()};
  for (const std::string& loss : all_losses()) steps.push_back(with_loss(loss));
  return steps;
}

}  // namespace chainrule
