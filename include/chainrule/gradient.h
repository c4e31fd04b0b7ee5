// The gradient as a graph: reverse-mode differentiation that adds nodes and computes nothing.
// Threads: it appends to the graph, so one thread at a time per graph.
#pragma once

#include <span>
#include <vector>

#include "chainrule/graph.h"

namespace chainrule {

// d y / d wrt[i] for each i, as new nodes of the same graph, of the shape of wrt[i]; zeros where y
// does not depend on it. y must be a scalar, unless `seed`, of y's shape, gives dE/dy: then the
// results are dE / d wrt[i]. The result can be differentiated again. Throws UsageError.
std::vector<Value> gradient(Value y, std::span<const Value> wrt, Value seed = {});

// d node / d operand, element by element, of one elementwise operation: the factor that the chain
// rule multiplies with. Has the node's shape; an empty Value if nothing flows through.
Value local_partial(Value node, std::size_t operand);

}  // namespace chainrule
