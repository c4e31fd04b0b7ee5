// Rebuilding a graph node by node, which is how a pass changes one.
#pragma once

#include <functional>
#include <vector>

#include "chainrule/graph.h"

namespace chainrule {

// Makes the replacement of `node` in `target` from its operands' replacements.
using Replace = std::function<Value(Graph& target, const Node& node, std::span<const Value> x)>;

// A last word on a value that an output or update takes.
using Finish = std::function<Value(Value result)>;

// The graph with every node that an output or update needs replaced; names, outputs and updates
// carried over, leaves kept (all inputs and variables, even unused ones). What replaces a node has
// its origin.
Graph rewrite(const Graph& source, const Replace& replace, const Finish& finish = std::identity{});

// The node as it is, on new operands.
Value keep(Graph& target, const Node& node, std::span<const Value> x);

// An input, variable or constant of `target`.
Value copy_leaf(Graph& target, const Node& leaf);

// A leaf's copy, or else the result itself: a leaf may change before the result is read.
Value copy_if_leaf(Value result);

// By node: does an output or update need it?
std::vector<char> find_live(const Graph& graph);

}  // namespace chainrule
