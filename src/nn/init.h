// Drawing a layer's first weights.
#pragma once

#include <string>
#include <vector>

#include "chainrule/nn.h"

namespace chainrule::nn {

std::vector<std::string> init_names();

// What `automatic` stands for before this activation, and `standardised` begins with; any other
// rule is itself.
Init resolved(Init init, const Activation& activation);

// Weights [units, inputs], or [units, inputs, ...] where each unit sees an input at several places,
// by a rule that is neither of these: a pure function of the seed and of the
// parameter's place among the model's parameters.
DoubleTensor draw(Init init, Shape shape, std::uint64_t seed, std::uint64_t parameter);

}  // namespace chainrule::nn
