// Updates that several programs make together, each a share of every variable.
#pragma once

#include "compile/draft.h"

namespace chainrule {

// Whether programs of this draft, on the same memory, may each make a share of its updates at the
// same time: they are made by elementwise chains alone, and nothing else reads what these change.
bool can_divide_updates(const Draft& draft);

}  // namespace chainrule
