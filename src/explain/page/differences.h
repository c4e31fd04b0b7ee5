// A derivative beside finite differences of the function it belongs to.
#pragma once

#include <functional>

namespace chainrule::page {

inline constexpr double difference_tolerance = 1e-6;

struct Difference {
  double slope = 0;  // the finite difference
  double error = 0;  // of the derivative against it, relative
  double allowed = difference_tolerance;
  bool kink = false;  // there is no derivative here, and the value lies between both sides' slopes

  bool agrees() const { return kink || error <= allowed; }
};

// A function around the place where the derivative is, and how exactly it is known.
struct Surroundings {
  std::function<double(double shift)> at;
  std::function<double()> rounding;  // of at(0), absolute; asked for only where it matters
  double place = 0;                  // the variable there, whose steps are rounded, too
  double size = 1;   // of what the function is made from: outputs that it compares with targets
  double least = 0;  // slopes are compared relative to themselves, or to this if they are smaller
};

// The tolerance above is enough for most. Where it is not, the difference itself decides how exact
// it can be: by the rounding of the function, divided by the step, and by its curvature.
Difference difference(double derivative, const Surroundings& function);

}  // namespace chainrule::page
