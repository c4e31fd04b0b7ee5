// The gradient check: the gradient graph of one operation against central differences of its
// reference values, in every case that its record asks for.
#pragma once

#include <string>

#include "graph/op.h"

namespace chainrule {

struct GradientReport {
  double error = 0;        // the largest relative error of a directional derivative; inf for NaN
  std::string where = "";  // the case that it comes from
  double curvature = 0;    // the largest second directional derivative, by finite differences
};

// Checks first and second derivatives, and zeros where an operand has no derivative, at random
// points and the record's special ones.
GradientReport check_gradient(const Op& op);

}  // namespace chainrule
