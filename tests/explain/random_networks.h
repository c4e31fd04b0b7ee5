// Random networks of every kind that the page works: a loss with all activations, 1 to 4 layers,
// with biases and without.
#pragma once

#include <string>
#include <vector>

#include "explain/reference_network.h"

namespace chainrule {

inline const std::vector<std::string>& all_activations() {
  static const std::vector<std::string> names{"identity",   "sigmoid", "tanh", "relu",
                                              "leaky_relu", "elu",     "gelu", "silu",
                                              "softplus",   "softmax"};
  return names;
}

inline const std::vector<std::string>& all_losses() {
  static const std::vector<std::string> names{"half_squared_error",
                                              "mean_squared_error",
                                              "mean_absolute_error",
                                              "huber",
                                              "cross_entropy",
                                              "binary_cross_entropy",
                                              "pinball"};
  return names;
}

// The activation asked for where the loss takes it; else each of those that it takes, by turns.
inline std::string last_activation(const std::string& wanted, const std::string& loss,
                                   std::uint32_t turn) {
  if (loss == "cross_entropy") return turn % 2 == 0 ? "softmax" : "identity";
  if (loss == "binary_cross_entropy") return turn % 2 == 0 ? "sigmoid" : "identity";
  return wanted;
}

inline std::vector<ReferenceNetwork> random_networks(const std::string& loss) {
  std::vector<ReferenceNetwork> networks;
  std::uint32_t seed = 0;
  for (const std::string& activation : all_activations())
    for (std::size_t layers = 1; layers <= 4; ++layers)
      for (const bool biases : {false, true}) {
        ++seed;
        std::vector<std::size_t> widths{3};
        for (std::size_t l = 1; l < layers; ++l) widths.push_back(2 + l % 2);
        std::vector<std::string> activations(layers, activation);
        activations.back() = last_activation(activation, loss, (seed + 1) / 2);
        // Softmax of a single output is always 1.
        const bool several = activations.back() == "softmax" || loss == "cross_entropy";
        widths.push_back((several ? 2 : 1) + seed % 3);
        networks.push_back(random_network(widths, activations, loss, biases, seed));
      }
  return networks;
}

inline std::string description(const ReferenceNetwork& net) {
  std::string text = std::to_string(net.input.size()) + " inputs";
  for (const ReferenceLayer& layer : net.layers)
    text += ", " + std::to_string(layer.weight.size()) + " " + layer.activation +
            (layer.bias.empty() ? "" : " with biases");
  return text + ", " + net.loss;
}

}  // namespace chainrule
