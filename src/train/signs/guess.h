// What a loss is for who knows no inputs.
#pragma once

#include "chainrule/train.h"

namespace chainrule {

// The lowest loss that one and the same prediction for all rows reaches on (some of) these: the
// entropy of the classes, the variance of a number and so on. NaN of a loss in parts.
double guess_loss(const Model& model, const data::Part& train);

}  // namespace chainrule
