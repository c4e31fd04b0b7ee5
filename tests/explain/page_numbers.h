// The page's numbers, and how they compare with a reference network's.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "chainrule/explain.h"
#include "explain/reference_network.h"

namespace chainrule {

using Json = nlohmann::json;
using NamedNumbers = std::map<std::string, double>;

inline std::string source_file(const std::string& name) {
  return std::string(CHAINRULE_SOURCE_DIR) + "/" + name;
}

inline Json numbers_of(const TrainingStep& step) {
  return Json::parse(explain(step, {.format = PageFormat::json}).page);
}

inline Json numbers_of_example(const std::string& name) {
  return Json::parse(
      explain_file(source_file("examples/" + name), {.format = PageFormat::json}).page);
}

// The same names on both sides, and the same numbers: to `tolerance`, relative above 1.
inline void expect_near(const Json& object, const NamedNumbers& expected, double tolerance) {
  EXPECT_EQ(object.size(), expected.size());
  for (const auto& [symbol, value] : expected) {
    ASSERT_TRUE(object.contains(symbol)) << symbol;
    EXPECT_NEAR(object[symbol].get<double>(), value, tolerance * std::max(1.0, std::abs(value)))
        << symbol;
  }
}

// Every chain leads from dE_total to its parameter, link by link, and multiplies to the gradient.
inline void expect_chains(const Json& page) {
  ASSERT_EQ(page["factors"].size(), page["gradients"].size());
  for (const auto& [parameter, factors] : page["factors"].items()) {
    double product = 1;
    std::string at = "E_total";
    for (const Json& factor : factors) {
      const auto symbol = factor["symbol"].get<std::string>();
      const std::string from = "d" + at + "/d";
      ASSERT_EQ(symbol.substr(0, from.size()), from) << parameter;
      at = symbol.substr(from.size());
      product *= factor["value"].get<double>();
    }
    EXPECT_EQ(at, parameter);
    const double gradient = page["gradients"][parameter].get<double>();
    EXPECT_NEAR(product, gradient, 1e-15 * std::max(1.0, std::abs(gradient))) << parameter;
  }
}

inline void expect_factors(const Json& page, const NamedNumbers& expected, double tolerance) {
  for (const auto& [parameter, factors] : page["factors"].items())
    for (const Json& factor : factors) {
      const auto symbol = factor["symbol"].get<std::string>();
      ASSERT_TRUE(expected.contains(symbol)) << symbol;
      const double value = expected.at(symbol);
      EXPECT_NEAR(factor["value"].get<double>(), value, tolerance * std::max(1.0, std::abs(value)))
          << symbol << " of " << parameter;
    }
}

// Forward propagation and errors; `at` is the page, or its "after".
inline void expect_state(const Json& at, const ReferenceNetwork& net) {
  const ReferencePass pass = forward(net);
  NamedNumbers values = by_name(pass);
  // Outputs that are logits come with their probabilities.
  if (starts_from_logits(net) && net.layers.back().activation == "identity") {
    const Numbers& z = pass.z.back();
    for (std::size_t j = 0; j < z.size(); ++j)
      values[numbered("p", j + 1)] =
          net.loss == "cross_entropy" ? softmax_of(z)[j] : activate("sigmoid", z[j]);
  }
  expect_near(at["forward"], values, 1e-13);
  expect_near(at["errors"], errors_by_name(errors_of(net, pass)), 1e-12);
}

// Everything but the update, which depends on the optimizer.
inline void expect_worked(const Json& page, const ReferenceNetwork& net) {
  expect_state(page, net);
  expect_near(page["gradients"], by_name(backward(net).parameters), 1e-12);
  expect_factors(page, factors_by_name(net), 1e-12);
  expect_chains(page);
  EXPECT_TRUE(page["check"]["passed"].get<bool>());
  EXPECT_LE(page["check"]["max_relative_error"].get<double>(), 1e-12);
}

// The updated parameters, and forward once more with them.
inline void expect_updated(const Json& page, const ReferenceNetwork& next) {
  expect_near(page["updated"], by_name(next.layers), 1e-12);
  expect_state(page["after"], next);
}

// The network after one step, each parameter by `rule`(parameter, its gradient, is it a weight).
template <class Rule>
ReferenceNetwork updated(ReferenceNetwork net, Rule rule) {
  const std::vector<ReferenceLayer> gradients = backward(net).parameters;
  for (std::size_t l = 0; l < net.layers.size(); ++l) {
    ReferenceLayer& layer = net.layers[l];
    for (std::size_t i = 0; i < layer.weight.size(); ++i)
      for (std::size_t k = 0; k < layer.weight[i].size(); ++k)
        layer.weight[i][k] = rule(layer.weight[i][k], gradients[l].weight[i][k], true);
    for (std::size_t i = 0; i < layer.bias.size(); ++i)
      layer.bias[i] = rule(layer.bias[i], gradients[l].bias[i], false);
  }
  return net;
}

}  // namespace chainrule
