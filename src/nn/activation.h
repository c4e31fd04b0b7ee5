// Applying activations by name.
#pragma once

#include <string>
#include <vector>

#include "chainrule/nn.h"

namespace chainrule::nn {

std::vector<std::string> activation_names();

// The activation's operation with its default attributes; x itself for the identity. Throws
// UsageError with the nearest name.
Value activate(const Activation& activation, Value x);

// Whether it passes about half of its inputs on and damps the others, as relu does: then He's
// weights keep the signal's variance from layer to layer, otherwise Xavier's do.
bool is_rectifier(const Activation& activation);

}  // namespace chainrule::nn
