#include "compile/chains.h"

#include <algorithm>

#include "graph/op.h"
#include "ops/op_list.h"
#include "ops/reduce.h"

namespace chainrule {
namespace {

// Threads take whole blocks. With fewer there may be threads without one.
constexpr std::int64_t fewest_blocks = 8;

}  // namespace

std::optional<RowSum> row_sum(const Graph& graph, const Node& node) {
  if (node.op != &sum_op) return std::nullopt;
  const ReducedSpans spans = reduced_spans(graph.node(node.inputs[0]).shape, node.attributes.ints);
  const ReducedSpan& span = *spans.begin();
  if (spans.count != 1 || span.outer != 1 || span.inner == 1) return std::nullopt;
  const std::int64_t block = kernels::block_length(span.reduce);
  if (span.reduce < fewest_blocks * block) return std::nullopt;
  return RowSum{.rows = span.reduce, .columns = span.inner, .block = block};
}

NodeId root_of(const Graph& graph, const Group& group) {
  const NodeId first = group.nodes.front();
  const bool is_root = !is_elementwise(graph.node(first)) && computes(graph, group, first);
  return is_root ? first : -1;
}

Group in_chain_order(const Graph& graph, NodeId root, const std::set<NodeId>& nodes) {
  Group group{.nodes = {nodes.begin(), nodes.end()}};
  std::ranges::stable_sort(group.nodes, {}, [&](NodeId id) {
    if (graph.node(id).op == &sum_op) return 2;
    return id == root ? 0 : 1;
  });
  return group;
}

}  // namespace chainrule
