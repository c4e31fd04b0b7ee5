// What a network's outputs mean.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/elementary.h"
#include "chainrule/encoding.h"

namespace chainrule::data {

std::size_t TargetEncoding::decided(std::span<const float> outputs) const {
  if (threshold) return static_cast<double>(outputs[1]) >= *threshold ? 1 : 0;
  return static_cast<std::size_t>(std::ranges::max_element(outputs) - outputs.begin());
}

double TargetEncoding::in_units(double standard, std::size_t k) const {
  const double y = mean[k] + deviation[k] * standard;
  return is_log ? elementary::exp(y) : y;
}

double TargetEncoding::predicted(double output, std::size_t k) const {
  const double y = in_units(output, k);
  // A little too much becomes a lot behind an exponential.
  return is_log ? std::clamp(y, range[k][0], range[k][1]) : y;
}

std::vector<std::string> TargetEncoding::output_names() const {
  if (task == Task::classification) return classes;
  std::vector<std::string> names;
  for (const double quantile : quantiles)
    names.push_back(fmt::format("{} {:.6g}%", name.empty() ? "value" : name, 100 * quantile));
  if (!names.empty()) return names;
  if (!columns.empty()) return columns;
  if (outputs() == 1) return {"value"};
  for (std::int64_t k = 1; k <= outputs(); ++k) names.push_back(fmt::format("value{}", k));
  return names;
}

std::size_t TargetEncoding::main_output() const {
  const auto from_median = [](double level) { return std::abs(level - 0.5); };
  const auto nearest = std::ranges::min_element(quantiles, {}, from_median);
  return static_cast<std::size_t>(nearest - quantiles.begin());
}

}  // namespace chainrule::data
