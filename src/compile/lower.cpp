#include <algorithm>

#include "chainrule/ops.h"
#include "compile/passes.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

Value expand(Graph& target, const Node& node, std::span<const Value> x) {
  if (node.op->compose == nullptr) return keep(target, node, x);
  return node.op->compose(x, node.attributes);
}

bool is_composite(const Node& node) { return node.op->compose != nullptr; }

}  // namespace

void lower(Draft& draft) {
  // A composition may itself be made of composites.
  do draft.graph = rewrite(draft.graph, expand, copy_if_leaf);
  while (std::ranges::any_of(draft.graph.nodes(), is_composite));
  draft.groups = single_groups(draft.graph);
}

}  // namespace chainrule
