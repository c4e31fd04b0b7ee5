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

// What the numbers of one column are scaled by: they are seen one after the other, all of them
// twice, since two passes lose no digits. At least one, and none that is not finite.
class ColumnScaling {
 public:
  void see(double x) {
    low_ = count_ == 0 || x < low_ ? x : low_;
    high_ = count_ == 0 || !(x < high_) ? x : high_;
    sum_ += x;
    ++count_;
  }
  void see_again(double x) { squares_ += (x - mean()) * (x - mean()); }

  // Throws DataError at `place` if they are so large that their mean or variance is not finite.
  ShiftScale learnt(Scaling scaling, const FilePlace& place, const std::string& what) const {
    ShiftScale learnt;
    if (scaling == Scaling::minmax) {
      learnt = {low_, reciprocal(high_ - low_)};
      if (!std::isfinite(high_ - low_)) learnt.shift = high_ - low_;
    } else if (scaling != Scaling::none) {
      const auto [mean, deviation] = mean_and_deviation();
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
  // Divided by n.
  ShiftScale mean_and_deviation() const {
    if (low_ == high_) return {low_, 0};  // exactly, where a computed mean might be a hair off
    return {mean(), std::sqrt(squares_ / static_cast<double>(count_))};
  }

 private:
  double mean() const { return sum_ / static_cast<double>(count_); }
  double low_ = 0, high_ = 0, sum_ = 0, squares_ = 0;
  std::int64_t count_ = 0;
};

inline ShiftScale learn_scaling(std::span<const double> values, Scaling scaling,
                                const FilePlace& place, const std::string& what) {
  ColumnScaling column;
  for (const double x : values) column.see(x);
  for (const double x : values) column.see_again(x);
  return column.learnt(scaling, place, what);
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
