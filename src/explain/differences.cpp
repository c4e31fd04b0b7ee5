#include "explain/differences.h"

#include <algorithm>
#include <limits>

#include "explain/page.h"

namespace chainrule::page {
namespace {

struct Slopes {
  double central, left, right;
};

// From the function at +-h and +-2h, the central one with an error of order h^4.
Slopes slopes(const std::function<double(double)>& at, double h) {
  const double far_left = at(-2 * h), left = at(-h), right = at(h), far_right = at(2 * h),
               here = at(0);
  return {(8 * (right - left) - (far_right - far_left)) / (12 * h), (here - left) / h,
          (right - here) / h};
}

}  // namespace

Difference difference(double derivative, const std::function<double(double)>& at,
                      const std::function<double(double, double)>& error) {
  Difference best{.error = std::numeric_limits<double>::infinity()};
  Slopes last{};
  // The longest step is the most exact unless a kink is near; then a shorter one is.
  for (const double h : {1e-3, 1e-4, 1e-5, 1e-6}) {
    last = slopes(at, h);
    const double here = error(derivative, last.central);
    if (here < best.error) best = {.slope = last.central, .error = here};
    if (best.error <= 0.1 * difference_tolerance) break;
  }
  const double low = std::min(last.left, last.right), high = std::max(last.left, last.right);
  best.kink = best.error > difference_tolerance && error(low, high) > 1e-3 &&
              derivative >= low - 1e-3 * (high - low) && derivative <= high + 1e-3 * (high - low);
  return best;
}

}  // namespace chainrule::page
