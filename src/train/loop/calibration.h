// Temperature scaling: by what a classifier's logits are to be divided.
#pragma once

#include "chainrule/train.h"

namespace chainrule {

// Whether the model has a temperature, and what it is.
bool has_temperature(const Model& model);
void set_temperature(Model& model, double temperature);

struct Calibrated {
  double temperature = 1;
  double loss = 0;  // the mean of the rows, with that temperature
};

// The temperature, from e^-3 to e^3, with which the loss of these rows is smallest (Guo et al.
// 2017); the model's own is 1 at the time. What is left is what no temperature can mend, by which
// epochs are better compared than by the loss: a network that has become too sure of itself may
// still order its answers better than before (Berta et al. 2025).
Calibrated calibrated(Model& model, const data::Part& rows);

}  // namespace chainrule
