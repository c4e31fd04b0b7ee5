// Which draw a random number is.
#pragma once

#include "graph/op.h"
#include "kernels/random.h"

namespace chainrule {

// Of a node of random_uniform with these attributes, whose counter has these two values: its
// element i is number i of that tensor.
kernels::RandomKey draw_of(const Attributes& attributes, double counter, double rest);

}  // namespace chainrule
