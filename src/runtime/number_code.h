// A small program as straight-line code: every element of every tensor is a number of its own.
#pragma once

#include <optional>

#include "compile/draft.h"
#include "kernels/generate.h"

namespace chainrule {

// The code for the whole draft, or nothing if it would be long or an operation has no code.
// `address` gives the place of a buffer. Results that outlive the run are written at its end.
std::optional<kernels::NumberCode> number_code(const Draft& draft,
                                               const std::vector<float*>& buffers);

}  // namespace chainrule
