// How far two outcomes are apart, and how far rounding may bring them.
#pragma once

#include "outcome.h"

namespace chainrule::beside_torch {

enum class Part { output, loss, node, node_gradient, gradient, variable, last_loss };
std::string_view name_of(Part part);

struct Difference {
  Part part;
  std::string name{};  // "dense1.weight"
  double size = 0;     // in parts of the largest number there; infinite where something is missing
  std::size_t at = 0;  // which number is furthest from the other engine's
  double ours = 0, theirs = 0;
};

// All that both engines say. A tensor's numbers are compared with its largest one, or with a
// thousandth of the largest of all gradients, say, where that is more: a bias before a
// standardisation has a gradient of 0, and all that is left of it is rounding.
std::vector<Difference> differences(const Outcome& ours, const Outcome& theirs);

// How much larger a disturbance of all that is given comes out, at least 1: of the first step's
// numbers, and of those after the last step.
struct Growth {
  double first = 1, last = 1;
};
Growth growth(const Outcome& disturbed, const Outcome& undisturbed, double disturbance);

// Limits for differences in double precision.
double limit_of(Part part, const Growth& growth);

// What of a step in single precision is beyond its limit, or nothing.
double single_limit(const Growth& growth);
std::vector<Difference> single_differences(const DrawnTraining& training, const Outcome& ours,
                                           const Outcome& reference, const Growth& growth);
bool is_within_single(const Difference& difference, const Growth& growth);

}  // namespace chainrule::beside_torch
