// A derivative beside finite differences of the function it belongs to.
#pragma once

#include <functional>

namespace chainrule::page {

struct Difference {
  double slope = 0;   // the finite difference nearest to the derivative
  double error = 0;   // of the derivative against it, as `error` measures it
  bool kink = false;  // there is no derivative here, and the value lies between both sides' slopes
};

// `at(shift)` is the function around the place; `error(a, b)` tells how far two slopes are apart.
Difference difference(double derivative, const std::function<double(double shift)>& at,
                      const std::function<double(double, double)>& error);

}  // namespace chainrule::page
