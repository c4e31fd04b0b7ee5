#include "explain/page/differences.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace chainrule::page {
namespace {

// What the function at 0, +-h and +-2h tells.
struct Estimate {
  double slope = 0;      // central, with an error of order h^4
  double rounding = 0;   // of the slope, at most
  double curvature = 0;  // how far the slope of order h^2 is away: more than this one's error
  double jump = 0;       // from the left slope to the right one, if there is a kink

  double unsure() const { return rounding + curvature; }
  // The weights of the jump add up to 10, those of the slope to 1.5.
  double jump_rounding() const { return 10 / 1.5 * rounding; }
};

Estimate estimate(const Surroundings& function, double h, double here, double rounding) {
  const double far_left = function.at(-2 * h), left = function.at(-h), right = function.at(h),
               far_right = function.at(2 * h);
  Estimate result;
  result.slope = (8 * (right - left) - (far_right - far_left)) / (12 * h);
  // Twice, since that is what a kink within the steps may take.
  result.curvature = 2 * std::abs(result.slope - (right - left) / (2 * h));
  // Both sides' slopes differ by h f'' where the function is smooth, so that twice that less the
  // same at 2h is 0 to the order h^3; at a kink they differ by its jump, whatever h is.
  const double bend = (right - 2 * here + left) / h,
               wide_bend = (far_right - 2 * here + far_left) / (2 * h);
  result.jump = 2 * bend - wide_bend;
  // Away from the place the function may be larger, and its rounding with it: by a few units of
  // itself, and of the derivative of a squared distance d, which is 2d, times what d is made of.
  const double largest = std::max(std::abs(far_left), std::abs(far_right));
  constexpr double unit = 8 * std::numeric_limits<double>::epsilon();
  const double there = rounding + unit * (largest + std::sqrt(largest) * function.size);
  const double step = 0x1p-53 * (std::abs(function.place) + 2 * h) * std::abs(result.slope);
  result.rounding = 1.5 * (there + step) / h;  // the weights above add up to 18/12
  return result;
}

// A kink beside the place deceives long steps, since it looks like a mean of two slopes. Shorter
// ones that differ by more than rounding tell; and a jump that they see, longer ones have in them.
void compare_with_shorter(std::vector<Estimate>& estimates) {
  for (std::size_t i = 0; i < estimates.size(); ++i)
    for (std::size_t j = i + 1; j < estimates.size(); ++j) {
      const double apart = std::abs(estimates[i].slope - estimates[j].slope) -
                           estimates[i].rounding - estimates[j].rounding;
      estimates[i].curvature = std::max(estimates[i].curvature, apart);
      const double seen = std::abs(estimates[j].jump) - estimates[j].jump_rounding();
      if (seen > std::abs(estimates[i].jump)) estimates[i].jump = seen;
    }
}

double relative(double a, double b, double least) {
  const double scale = std::max({std::abs(a), std::abs(b), least});
  const double error = scale == 0 ? 0 : std::abs(a - b) / scale;
  return std::isfinite(error) ? error : std::numeric_limits<double>::infinity();
}

// Against the step that is surest of itself.
Difference with_bounds(double derivative, const Surroundings& function) {
  const double here = function.at(0), rounding = function.rounding();
  std::vector<Estimate> estimates;
  for (double h = 0.1; h > 0.5e-12; h /= 10)
    estimates.push_back(estimate(function, h, here, rounding));
  compare_with_shorter(estimates);
  const Estimate best = *std::ranges::min_element(estimates, {}, [](const Estimate& each) {
    const double sum = each.unsure() + std::abs(each.jump) / 2;
    return std::isfinite(sum) ? sum : std::numeric_limits<double>::infinity();
  });
  const double scale = std::max({std::abs(derivative), std::abs(best.slope), function.least});
  Difference found{.slope = best.slope, .error = relative(derivative, best.slope, function.least)};
  if (scale > 0) found.allowed = std::max(found.allowed, best.unsure() / scale);
  const bool is_bent = std::abs(best.jump) > best.jump_rounding();
  const double beside = std::abs(derivative - best.slope) - best.unsure();
  found.kink = !found.agrees() && is_bent && beside <= 0.501 * std::abs(best.jump);
  return found;
}

}  // namespace

Difference difference(double derivative, const Surroundings& function) {
  Difference best{.error = std::numeric_limits<double>::infinity()};
  // The longest step is the most exact unless a kink is near; then a shorter one is.
  for (const double h : {1e-3, 1e-4, 1e-5, 1e-6}) {
    const double slope =
        (8 * (function.at(h) - function.at(-h)) - (function.at(2 * h) - function.at(-2 * h))) /
        (12 * h);
    const double error = relative(derivative, slope, function.least);
    if (error < best.error) best = {.slope = slope, .error = error};
    if (best.error <= 0.1 * difference_tolerance) break;
  }
  return best.agrees() ? best : with_bounds(derivative, function);
}

}  // namespace chainrule::page
