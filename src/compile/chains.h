// What passes know of chains beyond the group that computes them: which sums a chain may end in,
// and in which order a group lists its nodes.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "compile/draft.h"

namespace chainrule {

// A sum down the rows of an operand that is seen as [rows, columns], in blocks of rows. A chain may
// end in such sums: what they add up need not be in memory.
struct RowSum {
  std::int64_t rows = 0, columns = 0, block = 0;  // rows in a block
  bool operator==(const RowSum&) const = default;
};

// Nothing for any other node, and where there are too few blocks for threads to share.
std::optional<RowSum> row_sum(const Graph& graph, const Node& node);

// What runs before the group's chain, or -1.
NodeId root_of(const Graph& graph, const Group& group);

// The root first, then the chain in the graph's order, then the sums that it ends in.
Group in_chain_order(const Graph& graph, NodeId root, const std::set<NodeId>& nodes);

}  // namespace chainrule
