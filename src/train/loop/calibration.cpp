#include "train/loop/calibration.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "base/elementary.h"

namespace chainrule {
namespace {

using Row = std::span<const float>;

// -ln of the probability of a row's target, where all logits are divided by `temperature`; times
// what its class weighs.
double surprise(Row z, Row target, double temperature, const Loss& loss) {
  const double sharpness = 1 / temperature;
  const auto largest = static_cast<double>(*std::ranges::max_element(z));
  double sum = 0, meant = 0, weights = 0;
  for (std::size_t k = 0; k < z.size(); ++k) {
    const double above = sharpness * (static_cast<double>(z[k]) - largest);
    const double weight =
        static_cast<double>(target[k]) * (loss.class_weights.empty() ? 1 : loss.class_weights[k]);
    sum += elementary::exp(above);
    meant += weight * above;
    weights += weight;
  }
  return weights * elementary::log(sum) - meant;
}

// The same where each logit is of a yes or no of its own; the mean over them.
double surprise_of_each(Row z, Row target, double temperature, const Loss& /*loss*/) {
  const double sharpness = 1 / temperature;
  double sum = 0;
  for (std::size_t k = 0; k < z.size(); ++k) {
    const double x = sharpness * static_cast<double>(z[k]);
    sum += std::max(x, 0.0) - x * static_cast<double>(target[k]) +
           elementary::log1p(elementary::exp(-std::abs(x)));
  }
  return sum / static_cast<double>(z.size());
}

// The pinball loss of a row's quantiles, which are so many times as far from their mean.
double pinball_at_spread(Row z, Row target, double spread, const Loss& loss) {
  double middle = 0, sum = 0;
  for (const float quantile : z) middle += static_cast<double>(quantile);
  middle /= static_cast<double>(z.size());
  for (std::size_t k = 0; k < z.size(); ++k) {
    const double quantile = middle + spread * (static_cast<double>(z[k]) - middle);
    const double error = static_cast<double>(target[k]) - quantile;
    sum += std::max(loss.levels[k] * error, (loss.levels[k] - 1) * error);
  }
  return sum / static_cast<double>(z.size());
}

}  // namespace

std::string_view calibration_of(const nn::Network& network, const Loss& loss) {
  if (!network.is_calibrated) return "";
  if (takes_logits(loss)) return temperature_name;
  return loss.parts.empty() && loss.name == "pinball" ? spread_name : "";
}

std::string_view calibration_of(const Model& model) {
  return calibration_of(model.network(), model.loss());
}

double calibration(const Model& model) {
  const std::string name(calibration_of(model));
  return name.empty() ? 1 : static_cast<double>(model.session().values(name)[0]);
}

void set_calibration(Model& model, double number) {
  model.session().values(std::string(calibration_of(model)))[0] = static_cast<float>(number);
}

void Calibrator::add(const Tensor& z, const Tensor& targets) {
  width_ = static_cast<std::size_t>(z.shape[1]);
  loss_.levels = levels_of(loss_, z.shape[1]);
  z_.insert(z_.end(), z.values.begin(), z.values.end());
  targets_.insert(targets_.end(), targets.values.begin(), targets.values.end());
}

std::vector<double> Calibrator::losses(double number) const {
  const auto loss_of_row = loss_.name == "cross_entropy" ? &surprise
                           : loss_.levels.empty()        ? &surprise_of_each
                                                         : &pinball_at_spread;
  std::vector<double> losses;
  for (std::size_t i = 0; i < z_.size(); i += width_)
    losses.push_back(loss_of_row(std::span(z_).subspan(i, width_),
                                 std::span(targets_).subspan(i, width_), number, loss_));
  return losses;
}

double Calibrator::loss_at(double logarithm) const {
  double sum = 0;
  const std::vector<double> rows = losses(elementary::exp(logarithm));
  for (const double loss : rows) sum += loss;
  return sum / static_cast<double>(rows.size());
}

// What is to be least: of a classifier -ln of the likelihood of the rows and of the temperature,
// per row; of quantiles the loss, since intervals around what was learnt by heart are too narrow,
// and nothing is to hold them there.
double Calibrator::unlikeliness(double logarithm) const {
  if (!loss_.levels.empty()) return loss_at(logarithm);
  constexpr double deviation = 0.5;
  const auto rows = static_cast<double>(z_.size()) / static_cast<double>(width_);
  return loss_at(logarithm) + logarithm * logarithm / (2 * deviation * deviation * rows);
}

// The loss is convex in 1 / temperature, and in the spread, so that it falls and then rises along
// their logarithms too.
Calibrated Calibrator::best() const {
  // Golden section, to a ten-thousandth.
  constexpr double golden = 0.6180339887498949, precision = 1e-4;
  double low = -3, high = 3;
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = unlikeliness(left), at_right = unlikeliness(right);
  while (high - low > precision) {
    if (at_left <= at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - golden * (high - low);
      at_left = unlikeliness(left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + golden * (high - low);
      at_right = unlikeliness(right);
    }
  }
  const double best = (low + high) / 2;
  return {elementary::exp(best), loss_at(best)};
}

Calibrated calibrated(Model& model, const data::Part& rows) {
  const Tensor z = model.outputs(rows).z;
  Tensor targets(z.shape);
  rows.data->gather(rows.rows, nullptr, targets.values.data());
  Calibrator calibrator(model.loss());
  calibrator.add(z, targets);
  return calibrator.best();
}

}  // namespace chainrule
