// How a profile's tables and traces call a kernel call.
#pragma once

#include "chainrule/program.h"

namespace chainrule {

std::string layer_words(const KernelCall& call);  // "dense1"
std::string phase_words(const KernelCall& call);  // "weight gradient, update"

}  // namespace chainrule
