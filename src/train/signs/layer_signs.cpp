// Signs of the network's inside: its inputs, units and gradients.
#include <algorithm>
#include <cmath>
#include <map>

#include "nn/place.h"
#include "train/signs/evidence.h"
#include "train/signs/findings.h"

namespace chainrule {
namespace {

// ---- Inputs ------------------------------------------------------------------------------------

// Whether the layer's first weights are drawn by a rule that counts on numbers of mean square 1.
bool draws_weights(const nn::PlacedLayer& at) {
  return !at.layer.record().ids &&
         std::ranges::any_of(at.parameters, [](const nn::LayerParameter& parameter) {
           return parameter.name == "weight" && std::holds_alternative<nn::Init>(parameter.start);
         });
}

// The features that such weights are multiplied with as they come: normalisations, lookups and
// functions of intervals do not mind their size.
std::vector<std::int64_t> weighed_features(const nn::Network& network, const Shape& row) {
  const std::vector<nn::PlacedLayer> layers = nn::placed(network, row.batch(1));
  std::vector<bool> is_weighed(static_cast<std::size_t>(row.size()), false);
  for (const nn::PlacedLayer& at : layers) {
    if (!draws_weights(at)) continue;
    for (const int place : at.inputs) {
      const nn::PlacedLayer* before = place == nn::PlacedLayer::network_input
                                          ? nullptr
                                          : &layers[static_cast<std::size_t>(place)];
      if (before != nullptr && !before->gives_input) continue;
      if (before == nullptr || before->picked.empty())
        is_weighed.assign(is_weighed.size(), true);
      else
        for (const std::int64_t feature : before->picked)
          is_weighed[static_cast<std::size_t>(feature)] = true;
    }
  }
  std::vector<std::int64_t> features;
  for (std::size_t i = 0; i < is_weighed.size(); ++i)
    if (is_weighed[i]) features.push_back(static_cast<std::int64_t>(i));
  return features;
}

// What some rows have in each feature.
struct FeatureSizes {
  std::vector<double> squares, least, largest;  // the mean square, and between what they lie

  FeatureSizes(const data::Dataset& data, std::span<const std::int64_t> rows) {
    const auto width = static_cast<std::size_t>(data.width());
    squares.assign(width, 0);
    std::vector<float> row(width);
    for (const std::int64_t at : rows) {
      data.gather(std::span(&at, 1), row.data(), nullptr);
      if (least.empty()) least = largest = {row.begin(), row.end()};
      for (std::size_t i = 0; i < width; ++i) {
        const auto x = static_cast<double>(row[i]);
        squares[i] += x * x / static_cast<double>(rows.size());
        least[i] = std::min(least[i], x);
        largest[i] = std::max(largest[i], x);
      }
    }
  }
};

// ---- Gradients ---------------------------------------------------------------------------------

// The norms of one parameter's gradient at the measured steps.
struct GradientNorms {
  std::string parameter;
  std::vector<double> norms{};
};

// Of weights, in the network's order: what is added or multiplied per unit is of another size.
std::vector<GradientNorms> weight_gradients(const SignFacts& facts) {
  const RunConfig& config = facts.result().config;
  std::vector<GradientNorms> all;
  for (const nn::PlacedLayer& at : nn::placed(config.network, config.row.batch(1)))
    for (const nn::LayerParameter& parameter : at.parameters) {
      if (parameter.name != "weight" || !at.owns_parameters()) continue;
      GradientNorms own{nn::full_name(at, parameter)};
      for (const LayerSize& size : facts.result().sizes)
        if (size.parameter == own.parameter && std::isfinite(size.gradient))
          own.norms.push_back(size.gradient);
      if (!own.norms.empty()) all.push_back(std::move(own));
    }
  return all;
}

// How many times as large the first one's gradient is, in the middle over the steps at which the
// second one has any; NaN if there is no such step.
double median_ratio(const GradientNorms& first, const GradientNorms& second) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(first.norms.size(), second.norms.size()); ++i)
    if (second.norms[i] > 0) ratios.push_back(first.norms[i] / second.norms[i]);
  return median(std::move(ratios));
}

}  // namespace

// Weights are drawn so that sums have about the variance of the inputs, taken to be near 1 (Glorot
// & Bengio 2010). The largest rate that is stable falls with the inputs' mean square (LeCun et al.
// 1998, "Efficient BackProp", 5.1): at a root mean square of 10 it is a hundredth.
void find_input_signs(const SignFacts& facts, std::vector<Sign>& signs) {
  constexpr double large = 10, tiny = 0.01;
  const auto count = static_cast<std::int64_t>(facts.rows.size());
  if (count == 0) return;
  const data::Dataset& data = *facts.source.data.train.data;
  const FeatureSizes sizes(data, facts.rows);
  if (count > 1 && sizes.least == sizes.largest)
    signs.push_back({.kind = SignKind::constant_inputs, .of = count});
  const RunConfig& config = facts.result().config;
  const std::vector<std::int64_t> features = weighed_features(config.network, config.row);
  if (features.empty()) return;
  double square = 0, largest = 0;
  std::int64_t widest = features[0];
  const auto of = [&](const std::vector<double>& list, std::int64_t feature) {
    return list[static_cast<std::size_t>(feature)];
  };
  for (const std::int64_t feature : features) {
    square += of(sizes.squares, feature) / static_cast<double>(features.size());
    largest = std::max(
        {largest, std::abs(of(sizes.least, feature)), std::abs(of(sizes.largest, feature))});
    if (of(sizes.squares, feature) > of(sizes.squares, widest)) widest = feature;
  }
  const double size = std::sqrt(square);
  if (!(size <= large) || (largest > 0 && largest < tiny))
    signs.push_back({.kind = SignKind::unscaled_inputs,
                     .where = facts.source.data.encoder.feature_name(widest),
                     .figure = size > large ? size : largest});
}

// Named where significantly more than a quarter of a layer is of no use: the Wilson interval of the
// share, as if units were drawn from many, lies above it.
void find_unit_signs(const SignFacts& facts, std::vector<Sign>& signs) {
  constexpr double useless_share = 0.25, saturated_below = 0.1;
  if (facts.source.model == nullptr) return;
  std::int64_t rows = 0;
  for (const LayerActivity& layer :
       activity(*facts.source.model, *facts.source.data.train.data, facts.rows, rows)) {
    const auto is_useless = [&](double passed) {
      return layer.is_relu ? passed == 0 : passed < saturated_below;
    };
    const auto units = static_cast<std::int64_t>(layer.passed.size());
    const std::int64_t useless = std::ranges::count_if(layer.passed, is_useless);
    if (wilson_interval(useless, units)[0] > useless_share)
      signs.push_back({.kind = layer.is_relu ? SignKind::dead_units : SignKind::saturated_units,
                       .where = layer.layer,
                       .other = layer.node,
                       .count = useless,
                       .of = units,
                       .rows = rows});
  }
}

void find_gradient_signs(const SignFacts& facts, std::vector<Sign>& signs) {
  constexpr double far_apart = 1000;
  const std::vector<GradientNorms> all = weight_gradients(facts);
  Sign vanishing{.kind = SignKind::vanishing_gradients, .figure = 1 / far_apart},
      exploding{.kind = SignKind::exploding_gradients, .figure = far_apart};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      const double ratio = median_ratio(all[i], all[j]);
      const auto keep = [&](Sign& sign) {
        sign.where = all[i].parameter;
        sign.other = all[j].parameter;
        sign.figure = ratio;
      };
      if (ratio < vanishing.figure) keep(vanishing);
      if (ratio > exploding.figure) keep(exploding);
    }
  for (Sign* sign : {&vanishing, &exploding})
    if (!sign->where.empty()) signs.push_back(std::move(*sign));
}

}  // namespace chainrule
