#include "train/columns/outcome.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/elementary.h"
#include "base/suggest.h"
#include "chainrule/error.h"
#include "data/words.h"

namespace chainrule {
namespace {

std::size_t place_among(const std::vector<std::string>& names, const std::string& name,
                        const char* what) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    throw UsageError(
        fmt::format("{} is no {}; {}", data::quote(name), what, suggestion(name, names)));
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace

Outcome::Outcome(const data::TargetEncoding& target, const std::string& name,
                 std::span<const float> of_row)
    : target_(target) {
  const bool has_classes = target.task == data::Task::classification;
  if (!name.empty())
    k_ = place_among(target.output_names(), name,
                     has_classes                ? "class that is predicted"
                     : target.quantiles.empty() ? "column that is predicted"
                                                : "quantile that is predicted");
  else if (has_classes)
    k_ = target.decided(of_row);
  else
    k_ = target.main_output();
  look_at(of_row);
}

void Outcome::look_at(std::span<const float> outputs) {
  constexpr float rounding = 1e-4F;
  if (!std::ranges::all_of(outputs, [](float p) { return p >= 0 && p <= 1 + rounding; }))
    are_probabilities_ = false;
  const auto width = static_cast<std::size_t>(target_.outputs());
  for (std::size_t i = 0; i < outputs.size(); i += width) {
    float sum = 0;
    for (const float p : outputs.subspan(i, width)) sum += p;
    is_share_ = is_share_ || std::abs(sum - 1) > 10 * rounding;
  }
}

RowReasons::Unit Outcome::unit() const {
  if (target_.task != data::Task::classification) return RowReasons::Unit::target;
  return are_probabilities_ ? RowReasons::Unit::log_odds : RowReasons::Unit::output;
}

std::string Outcome::name() const { return target_.output_names()[k_]; }

double Outcome::operator()(std::span<const float> outputs) const {
  if (unit() == RowReasons::Unit::output) return static_cast<double>(outputs[k_]);
  if (unit() == RowReasons::Unit::target)
    return target_.predicted(static_cast<double>(outputs[k_]), k_);
  // The others' sum, and not 1 - p, keeps its digits where p is nearly 1. What single precision
  // rounds to 0 is taken for the smallest number of which it has all digits.
  constexpr auto least = static_cast<double>(std::numeric_limits<float>::min());
  double others = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (i != k_) others += static_cast<double>(outputs[i]);
  return elementary::log(std::max(static_cast<double>(outputs[k_]), least)) -
         elementary::log(std::max(others, least));
}

double Outcome::probability(double value) const {
  return unit() == RowReasons::Unit::log_odds ? elementary::sigmoid(value)
                                              : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace chainrule
