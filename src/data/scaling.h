// The arithmetic of scaling: feature = (x - shift) * scale.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/elementary.h"
#include "chainrule/data.h"
#include "chainrule/error.h"

namespace chainrule::data {

struct ShiftScale {
  double shift = 0, scale = 1;
};

// 1 / spread, or 0 if there is no spread to speak of: then the feature is 0 for every training row.
inline double reciprocal(double spread) {
  const double scale = 1 / spread;
  return spread > 0 && std::isfinite(scale) ? scale : 0;
}

// Mean and deviation (divided by n) of at least one finite value; two passes, which lose no digits.
inline ShiftScale mean_and_deviation(std::span<const double> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low == *high) return {*low, 0};  // exactly, where a computed mean might be a hair off
  double sum = 0, squares = 0;
  for (const double x : values) sum += x;
  const double mean = sum / static_cast<double>(values.size());
  for (const double x : values) squares += (x - mean) * (x - mean);
  return {mean, std::sqrt(squares / static_cast<double>(values.size()))};
}

// Learns from `values`, the training rows of one column. Throws DataError at `place` if they are so
// large that their mean or variance is not finite.
inline ShiftScale learn_scaling(std::span<const double> values, Scaling scaling,
                                const FilePlace& place, const std::string& what) {
  ShiftScale learnt;
  if (scaling == Scaling::minmax) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    learnt = {*low, reciprocal(*high - *low)};
    if (!std::isfinite(*high - *low)) learnt.shift = *high - *low;
  } else if (scaling != Scaling::none) {
    const auto [mean, deviation] = mean_and_deviation(values);
    learnt = {mean, reciprocal(deviation)};
    if (!std::isfinite(deviation)) learnt.shift = deviation;
  }
  if (!std::isfinite(learnt.shift))
    throw DataError(place,
                    what +
                        ": its numbers are too large to scale (beyond about 1e150); use other "
                        "units, or leave the column out");
  return learnt;
}

// Of a target on a log scale. Throws DataError at `place` if it has none.
inline double logarithm(double y, const FilePlace& place, const std::string& what) {
  if (y <= 0)
    throw DataError(place, fmt::format("{} holds {}, which has no logarithm; learn it as it is "
                                       "(target scale linear), or leave the row out",
                                       what, y));
  return elementary::log(y);
}

}  // namespace chainrule::data
