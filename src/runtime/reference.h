// The reference evaluator, one node at a time.
#pragma once

#include <span>

#include "chainrule/graph.h"
#include "chainrule/tensor.h"

namespace chainrule {

// The value of a node that is no input and no variable, from the values of its operands.
DoubleTensor evaluate_node(const Node& node, std::span<const DoubleTensor* const> x);

}  // namespace chainrule
