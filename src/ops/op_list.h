// Every operation's record, from the one list in ops.inc.
#pragma once

#include <array>
#include <span>

#include "chainrule/ops.h"
#include "graph/op.h"

namespace chainrule {

#define CHAINRULE_OP(name) extern const Op name##_op;
#include "ops/ops.inc"
#undef CHAINRULE_OP

std::span<const Op* const> all_ops();

// The operation of this name, or null.
const Op* find_op(std::string_view name);

}  // namespace chainrule
