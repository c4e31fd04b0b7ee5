// From a group's elementwise nodes to a tape that runs.
#pragma once

#include "compile/draft.h"
#include "runtime/memory.h"
#include "runtime/tape.h"

namespace chainrule {

// The chain of the group, empty if it has none. Numbers that a scalar is repeated into are
// allocated in `memory`, whose buffers must have their addresses.
Tape build_tape(const Draft& draft, const Group& group, Memory& memory);

}  // namespace chainrule
