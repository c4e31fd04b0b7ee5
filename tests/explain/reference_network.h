// A network worked out with plain loops: forward, backward, loss. Nothing here comes from the
// engine, so that the page's numbers can be compared with numbers of another origin.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "chainrule/explain.h"

namespace chainrule {

using Numbers = std::vector<double>;

struct ReferenceLayer {
  std::vector<Numbers> weight;  // one row per neuron
  Numbers bias;                 // empty: none
  std::string activation;
};

struct ReferenceNetwork {
  std::vector<ReferenceLayer> layers;
  std::string loss;
  Numbers input, target;
};

inline double activate(const std::string& name, double z) {
  if (name == "identity") return z;
  if (name == "sigmoid") return 1 / (1 + std::exp(-z));
  if (name == "tanh") return std::tanh(z);
  if (name == "relu") return z > 0 ? z : 0;
  if (name == "leaky_relu") return z > 0 ? z : 0.01 * z;
  if (name == "elu") return z > 0 ? z : std::exp(z) - 1;
  if (name == "gelu") return z / 2 * (1 + std::erf(z / std::sqrt(2.0)));
  if (name == "silu") return z / (1 + std::exp(-z));
  if (name == "softplus") return std::log(1 + std::exp(z));
  throw std::invalid_argument(name);
}

inline double slope(const std::string& name, double z) {
  const double s = 1 / (1 + std::exp(-z));
  if (name == "identity") return 1;
  if (name == "sigmoid") return s * (1 - s);
  if (name == "tanh") return 1 / (std::cosh(z) * std::cosh(z));
  if (name == "relu") return z > 0 ? 1 : 0;
  if (name == "leaky_relu") return z > 0 ? 1 : 0.01;
  if (name == "elu") return z > 0 ? 1 : std::exp(z);
  if (name == "gelu")
    return 0.5 * (1 + std::erf(z / std::sqrt(2.0))) +
           z * std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0));
  if (name == "silu") return s + z * s * (1 - s);
  if (name == "softplus") return s;
  throw std::invalid_argument(name);
}

inline Numbers softmax_of(const Numbers& z) {
  Numbers o;
  double total = 0;
  for (const double each : z) total += std::exp(each);
  for (const double each : z) o.push_back(std::exp(each) / total);
  return o;
}

struct ReferencePass {
  std::vector<Numbers> z, h;  // by layer
};

inline ReferencePass forward(const ReferenceNetwork& net) {
  ReferencePass pass;
  Numbers x = net.input;
  for (const ReferenceLayer& layer : net.layers) {
    Numbers z(layer.weight.size()), h;
    for (std::size_t i = 0; i < z.size(); ++i) {
      if (!layer.bias.empty()) z[i] = layer.bias[i];
      for (std::size_t k = 0; k < x.size(); ++k) z[i] += layer.weight[i][k] * x[k];
    }
    if (layer.activation == "softmax")
      h = softmax_of(z);
    else
      for (const double each : z) h.push_back(activate(layer.activation, each));
    pass.z.push_back(z);
    pass.h.push_back(h);
    x = h;
  }
  return pass;
}

// One error per output; they add up to the loss.
inline Numbers errors_of(const ReferenceNetwork& net, const ReferencePass& pass) {
  const std::string& last = net.layers.back().activation;
  const Numbers& o = pass.h.back();
  const Numbers& t = net.target;
  const auto n = static_cast<double>(o.size());
  Numbers errors;
  for (std::size_t j = 0; j < o.size(); ++j) {
    const double e = o[j] - t[j];
    if (net.loss == "half_squared_error") errors.push_back(e * e / 2);
    if (net.loss == "mean_squared_error") errors.push_back(e * e / n);
    if (net.loss == "mean_absolute_error") errors.push_back(std::abs(e) / n);
    if (net.loss == "huber")
      errors.push_back((std::abs(e) <= 1 ? e * e / 2 : std::abs(e) - 0.5) / n);
    if (net.loss == "pinball") {
      const double level = static_cast<double>(j + 1) / (n + 1);
      errors.push_back(std::max(-level * e, (1 - level) * e) / n);
    }
    if (net.loss == "cross_entropy")
      errors.push_back(-t[j] * std::log(last == "softmax" ? o[j] : softmax_of(o)[j]));
    if (net.loss == "binary_cross_entropy") {
      const double p = last == "sigmoid" ? o[j] : activate("sigmoid", o[j]);
      errors.push_back(-(t[j] * std::log(p) + (1 - t[j]) * std::log(1 - p)) / n);
    }
  }
  return errors;
}

inline double total_of(const Numbers& errors) {
  double total = 0;
  for (const double each : errors) total += each;
  return total;
}

inline double loss_of(const ReferenceNetwork& net) {
  return total_of(errors_of(net, forward(net)));
}

// dE/do of the losses that start from the outputs.
inline Numbers output_derivatives(const ReferenceNetwork& net, const Numbers& o) {
  const auto n = static_cast<double>(o.size());
  Numbers derivatives;
  for (std::size_t j = 0; j < o.size(); ++j) {
    const double e = o[j] - net.target[j], sign = e > 0 ? 1 : e < 0 ? -1 : 0;
    if (net.loss == "half_squared_error") derivatives.push_back(e);
    if (net.loss == "mean_squared_error") derivatives.push_back(2 * e / n);
    if (net.loss == "mean_absolute_error") derivatives.push_back(sign / n);
    if (net.loss == "huber") derivatives.push_back(std::clamp(e, -1.0, 1.0) / n);
    const double level = static_cast<double>(j + 1) / (n + 1);
    if (net.loss == "pinball") derivatives.push_back((e > 0 ? 1 - level : -level) / n);
  }
  return derivatives;
}

// dE/dz of the losses that start from the logits.
inline Numbers logit_derivatives(const ReferenceNetwork& net, const Numbers& z) {
  const auto n = static_cast<double>(z.size());
  Numbers derivatives;
  for (std::size_t j = 0; j < z.size(); ++j)
    derivatives.push_back(net.loss == "cross_entropy"
                              ? softmax_of(z)[j] - net.target[j]
                              : (activate("sigmoid", z[j]) - net.target[j]) / n);
  return derivatives;
}

inline bool starts_from_logits(const ReferenceNetwork& net) {
  return net.loss == "cross_entropy" || net.loss == "binary_cross_entropy";
}

// dE/dz from dE/dh of the same layer.
inline Numbers through_activation(const std::string& name, const Numbers& z, const Numbers& dE_dh) {
  Numbers dE_dz;
  if (name != "softmax") {
    for (std::size_t i = 0; i < z.size(); ++i) dE_dz.push_back(dE_dh[i] * slope(name, z[i]));
    return dE_dz;
  }
  const Numbers h = softmax_of(z);
  double mean = 0;
  for (std::size_t i = 0; i < z.size(); ++i) mean += h[i] * dE_dh[i];
  for (std::size_t i = 0; i < z.size(); ++i) dE_dz.push_back(h[i] * (dE_dh[i] - mean));
  return dE_dz;
}

// Derivatives of the loss, by layer.
struct ReferenceDerivatives {
  std::vector<ReferenceLayer> parameters;  // a network of the same form
  std::vector<Numbers> dE_dz;
  std::vector<Numbers> dE_dh;  // the last is empty where the loss starts from the logits
};

inline ReferenceDerivatives backward(const ReferenceNetwork& net) {
  const ReferencePass pass = forward(net);
  const std::size_t layers = net.layers.size();
  ReferenceDerivatives by{.parameters = std::vector<ReferenceLayer>(layers),
                          .dE_dz = std::vector<Numbers>(layers),
                          .dE_dh = std::vector<Numbers>(layers)};
  by.dE_dh.back() = output_derivatives(net, pass.h.back());
  for (std::size_t l = layers; l-- > 0;) {
    const bool from_logits = l + 1 == layers && starts_from_logits(net);
    by.dE_dz[l] = from_logits
                      ? logit_derivatives(net, pass.z[l])
                      : through_activation(net.layers[l].activation, pass.z[l], by.dE_dh[l]);
    const Numbers& x = l == 0 ? net.input : pass.h[l - 1];
    for (const double delta : by.dE_dz[l]) {
      Numbers row;
      for (const double input : x) row.push_back(delta * input);
      by.parameters[l].weight.push_back(row);
    }
    if (!net.layers[l].bias.empty()) by.parameters[l].bias = by.dE_dz[l];
    if (l == 0) break;
    by.dE_dh[l - 1].assign(x.size(), 0);
    for (std::size_t k = 0; k < x.size(); ++k)
      for (std::size_t i = 0; i < by.dE_dz[l].size(); ++i)
        by.dE_dh[l - 1][k] += by.dE_dz[l][i] * net.layers[l].weight[i][k];
  }
  return by;
}

// By the page's names: W1, W2, ... row by row, layer by layer; b1, ... likewise.
inline std::map<std::string, double> by_name(const std::vector<ReferenceLayer>& layers) {
  std::map<std::string, double> named;
  std::size_t weights = 0, biases = 0;
  for (const ReferenceLayer& layer : layers) {
    for (const Numbers& row : layer.weight)
      for (const double each : row) named["W" + std::to_string(++weights)] = each;
    for (const double each : layer.bias) named["b" + std::to_string(++biases)] = each;
  }
  return named;
}

inline std::string numbered(const char* letter, std::size_t number) {
  return letter + std::to_string(number);
}

// z1, z2, ...; h1, ... of the hidden layers; o1, ... of the last.
inline std::map<std::string, double> by_name(const ReferencePass& pass) {
  std::map<std::string, double> named;
  std::size_t z = 0, h = 0, o = 0;
  for (std::size_t l = 0; l < pass.z.size(); ++l)
    for (std::size_t i = 0; i < pass.z[l].size(); ++i) {
      named[numbered("z", ++z)] = pass.z[l][i];
      named[l + 1 == pass.z.size() ? numbered("o", ++o) : numbered("h", ++h)] = pass.h[l][i];
    }
  return named;
}

// E_o1, ...; E_total.
inline std::map<std::string, double> errors_by_name(const Numbers& errors) {
  std::map<std::string, double> named{{"E_total", total_of(errors)}};
  for (std::size_t j = 0; j < errors.size(); ++j) named[numbered("E_o", j + 1)] = errors[j];
  return named;
}

// Every factor that a chain may name: dE_total/do1, do1/dz3, dE_total/dz3, dz3/dW5, dz3/db3, ...
inline std::map<std::string, double> factors_by_name(const ReferenceNetwork& net) {
  const ReferencePass pass = forward(net);
  const ReferenceDerivatives by = backward(net);
  std::map<std::string, double> named;
  std::size_t neuron = 0, hidden = 0, weight = 0, bias = 0;
  for (std::size_t l = 0; l < net.layers.size(); ++l) {
    const ReferenceLayer& layer = net.layers[l];
    const bool last = l + 1 == net.layers.size();
    for (std::size_t i = 0; i < layer.weight.size(); ++i) {
      const std::string z = numbered("z", ++neuron);
      const std::string h = last ? numbered("o", i + 1) : numbered("h", ++hidden);
      named["dE_total/d" + z] = by.dE_dz[l][i];
      if (!by.dE_dh[l].empty()) named["dE_total/d" + h] = by.dE_dh[l][i];
      if (layer.activation != "softmax")
        named["d" + h + "/d" + z] = slope(layer.activation, pass.z[l][i]);
      for (const double input : l == 0 ? net.input : pass.h[l - 1])
        named["d" + z + "/d" + numbered("W", ++weight)] = input;
      if (!layer.bias.empty()) named["d" + z + "/d" + numbered("b", ++bias)] = 1;
    }
  }
  return named;
}

// `widths` go from the input to the output, `activations` from the first layer to the last; all
// numbers are drawn from the seed.
inline ReferenceNetwork random_network(const std::vector<std::size_t>& widths,
                                       const std::vector<std::string>& activations,
                                       const std::string& loss, bool biases, std::uint32_t seed) {
  std::mt19937 bits(seed);
  const auto draw = [&](std::size_t count, double low, double high) {
    Numbers numbers;
    for (std::size_t i = 0; i < count; ++i)
      numbers.push_back(low + (high - low) * (static_cast<double>(bits()) / 4294967296.0));
    return numbers;
  };
  ReferenceNetwork net{.layers = {}, .loss = loss, .input = draw(widths[0], -1, 1), .target = {}};
  for (std::size_t l = 1; l < widths.size(); ++l) {
    ReferenceLayer layer{.weight = {}, .bias = {}, .activation = activations[l - 1]};
    for (std::size_t i = 0; i < widths[l]; ++i) layer.weight.push_back(draw(widths[l - 1], -1, 1));
    if (biases) layer.bias = draw(widths[l], -0.5, 0.5);
    net.layers.push_back(layer);
  }
  net.target = draw(widths.back(), 0.1, 0.9);
  if (loss == "cross_entropy") {
    const double total = total_of(net.target);
    for (double& t : net.target) t /= total;
  }
  return net;
}

// The same network for the engine.
inline TrainingStep step_of(const ReferenceNetwork& net,
                            const Optimizer& optimizer = SGD{.learning_rate = 0.1}) {
  TrainingStep step{.model = {},
                    .loss = loss_named(net.loss),
                    .optimizer = optimizer,
                    .input = net.input,
                    .target = net.target};
  for (const ReferenceLayer& layer : net.layers) {
    const auto rows = static_cast<std::int64_t>(layer.weight.size());
    Numbers weights;
    for (const Numbers& row : layer.weight) weights.insert(weights.end(), row.begin(), row.end());
    nn::Dense dense{.units = rows,
                    .activation = nn::activation_named(layer.activation),
                    .bias = !layer.bias.empty()};
    dense.weight = DoubleTensor({rows, static_cast<std::int64_t>(weights.size()) / rows}, weights);
    if (dense.bias) dense.bias_values = DoubleTensor({rows}, layer.bias);
    step.model.layers.emplace_back(std::move(dense));
  }
  return step;
}

}  // namespace chainrule
