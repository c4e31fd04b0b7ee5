#include "nn/first_rows.h"

#include <cmath>

namespace chainrule::nn {
namespace {

struct Moments {
  double mean = 0, deviation = 0;
};

// Of a feature, over all rows and places.
Moments moments_of(const Tensor& z, std::int64_t feature) {
  const int axis = feature_axis(z.shape);
  std::int64_t places = 1;  // behind the feature's axis
  for (int i = axis + 1; i < z.shape.rank(); ++i) places *= z.shape[i];
  const std::int64_t stride = z.shape[axis] * places, blocks = z.shape.size() / stride;
  const auto count = static_cast<double>(blocks * places);
  const auto add_up = [&](auto term) {
    double sum = 0;
    for (std::int64_t block = 0; block < blocks; ++block)
      for (std::int64_t place = 0; place < places; ++place)
        sum += term(static_cast<double>(
            z.values[static_cast<std::size_t>(block * stride + feature * places + place)]));
    return sum;
  };
  const double mean = add_up([](double value) { return value; }) / count;
  const double squares = add_up([&](double value) { return (value - mean) * (value - mean); });
  return {mean, std::sqrt(squares / count)};
}

}  // namespace

void standardise(FirstRows& at, int unit_axis, bool has_bias) {
  constexpr double smallest = 1e-6;  // what is less differs by rounding alone
  const Tensor z = at.node("z", FirstRows::few);
  const std::span<float> weights = at.parameter("weight");
  const Shape weight = at.shape("weight");
  std::int64_t behind = 1;
  for (int i = unit_axis + 1; i < weight.rank(); ++i) behind *= weight[i];
  std::vector<Moments> moments;
  for (std::int64_t unit = 0; unit < weight[unit_axis]; ++unit) {
    moments.push_back(moments_of(z, unit));
    auto& [mean, deviation] = moments.back();
    if (!(deviation > smallest)) deviation = 1;
    if (!std::isfinite(mean) || !std::isfinite(deviation)) moments.back() = {0, 1};
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::int64_t unit = static_cast<std::int64_t>(i) / behind % weight[unit_axis];
    weights[i] = static_cast<float>(static_cast<double>(weights[i]) /
                                    moments[static_cast<std::size_t>(unit)].deviation);
  }
  if (!has_bias) return;
  const std::span<float> bias = at.parameter("bias");
  for (std::size_t unit = 0; unit < bias.size(); ++unit)
    bias[unit] = static_cast<float>((static_cast<double>(bias[unit]) - moments[unit].mean) /
                                    moments[unit].deviation);
}

}  // namespace chainrule::nn
