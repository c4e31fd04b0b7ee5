#include "train/loop/calibration.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "base/elementary.h"

namespace chainrule {
namespace {

// -ln of the probability of a row's target, where all logits are multiplied by `sharpness`.
double surprise(std::span<const float> z, std::span<const float> target, double sharpness) {
  const auto largest = static_cast<double>(*std::ranges::max_element(z));
  double sum = 0, meant = 0;
  for (std::size_t k = 0; k < z.size(); ++k) {
    const double above = sharpness * (static_cast<double>(z[k]) - largest);
    sum += elementary::exp(above);
    meant += static_cast<double>(target[k]) * above;
  }
  return elementary::log(sum) - meant;
}

// The same where each logit is of a yes or no of its own; the mean over them.
double surprise_of_each(std::span<const float> z, std::span<const float> target, double sharpness) {
  double sum = 0;
  for (std::size_t k = 0; k < z.size(); ++k) {
    const double x = sharpness * static_cast<double>(z[k]);
    sum += std::max(x, 0.0) - x * static_cast<double>(target[k]) +
           elementary::log1p(elementary::exp(-std::abs(x)));
  }
  return sum / static_cast<double>(z.size());
}

}  // namespace

bool has_temperature(const nn::Network& network, const Loss& loss) {
  return network.is_calibrated && takes_logits(loss);
}

bool has_temperature(const Model& model) { return has_temperature(model.network(), model.loss()); }

void set_temperature(Model& model, double temperature) {
  model.session().values(std::string(temperature_name))[0] = static_cast<float>(temperature);
}

void Calibrator::add(const Tensor& z, const Tensor& targets) {
  width_ = static_cast<std::size_t>(z.shape[1]);
  z_.insert(z_.end(), z.values.begin(), z.values.end());
  targets_.insert(targets_.end(), targets.values.begin(), targets.values.end());
}

double Calibrator::loss_at(double log_temperature) const {
  const double sharpness = elementary::exp(-log_temperature);
  const auto surprise_of = has_classes_ ? &surprise : &surprise_of_each;
  double sum = 0;
  for (std::size_t i = 0; i < z_.size(); i += width_)
    sum += surprise_of(std::span(z_).subspan(i, width_), std::span(targets_).subspan(i, width_),
                       sharpness);
  const std::size_t rows = z_.size() / width_;
  return sum / static_cast<double>(rows);
}

// The loss is convex in the sharpness, so that it falls and then rises along its logarithm too.
Calibrated Calibrator::best() const {
  // Golden section, to a ten-thousandth.
  constexpr double golden = 0.6180339887498949, precision = 1e-4;
  double low = -3, high = 3;
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = loss_at(left), at_right = loss_at(right);
  while (high - low > precision) {
    if (at_left <= at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - golden * (high - low);
      at_left = loss_at(left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + golden * (high - low);
      at_right = loss_at(right);
    }
  }
  const double best = (low + high) / 2;
  return {elementary::exp(best), loss_at(best)};
}

Calibrated calibrated(Model& model, const data::Part& rows) {
  const Tensor z = model.outputs(*rows.data, rows.rows).z;
  Tensor targets(z.shape);
  rows.data->gather(rows.rows, nullptr, targets.values.data());
  Calibrator calibrator(model.loss());
  calibrator.add(z, targets);
  return calibrator.best();
}

}  // namespace chainrule
