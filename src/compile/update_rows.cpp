#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "chainrule/ops.h"
#include "compile/passes.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

// table - factor * scatter_add(values, rows), by its operands. The factor is a scalar, or a
// constant of one value.
struct RowUpdate {
  NodeId values, rows, factor;
};

bool is_uniform(const Node& node) {
  return node.op == &constant_op && node.attributes.reals.size() == 1;
}

// Finds updates that change few rows of their variable: those whose gradient nobody else reads.
class RowUpdates {
 public:
  explicit RowUpdates(const Graph& graph) : graph_(graph), uses_(graph.nodes().size(), 0) {
    const std::vector<char> live = find_live(graph);
    for (NodeId id = 0; id < graph.size(); ++id)
      if (live[index(id)])
        for (const NodeId input : graph.node(id).inputs) ++uses_[index(input)];
    for (const Output& output : graph.outputs()) ++uses_[index(output.node)];
    for (const Update& update : graph.updates()) ++uses_[index(update.value)];
  }

  // By the node that is the variable's next value.
  std::map<NodeId, RowUpdate> find() const {
    std::map<NodeId, RowUpdate> found;
    for (const Update& update : graph_.updates())
      if (const auto rows = row_update(update)) found.emplace(update.value, *rows);
    return found;
  }

 private:
  const Node& node(NodeId id) const { return graph_.node(id); }
  bool is_only_here(NodeId id, const Op& op) const {
    return node(id).op == &op && uses_[index(id)] == 1;
  }

  std::optional<RowUpdate> row_update(const Update& update) const {
    if (!is_only_here(update.value, subtract_op)) return {};
    const auto& operands = node(update.value).inputs;
    if (operands[0] != update.variable || !is_only_here(operands[1], multiply_op)) return {};
    const auto& factors = node(operands[1]).inputs;
    const std::size_t gradient = node(factors[0]).op == &scatter_add_op ? 0 : 1;
    return row_update(factors[gradient], factors[1 - gradient]);
  }

  std::optional<RowUpdate> row_update(NodeId gradient, NodeId factor) const {
    if (!is_only_here(gradient, scatter_add_op)) return {};
    if (node(factor).op == &broadcast_op) factor = node(factor).inputs[0];
    if (node(factor).shape != Shape{} && !is_uniform(node(factor))) return {};
    const auto& added = node(gradient).inputs;
    const bool are_few = node(added[1]).shape[0] < node(gradient).shape[0];
    if (!are_few) return {};
    return RowUpdate{.values = added[0], .rows = added[1], .factor = factor};
  }

  const Graph& graph_;
  std::vector<int> uses_;  // by node
};

}  // namespace

void update_rows(Draft& draft) {
  const std::map<NodeId, RowUpdate> updates = RowUpdates(draft.graph).find();  // by the new value
  if (updates.empty()) return;
  std::vector<Value> made(draft.graph.nodes().size());
  const Node* first = draft.graph.nodes().data();
  draft.graph =
      rewrite(draft.graph, [&](Graph& target, const Node& node, std::span<const Value> x) {
        const auto id = static_cast<NodeId>(&node - first);
        for (std::size_t i = 0; i < x.size(); ++i) made[index(node.inputs[i])] = x[i];
        const auto update = updates.find(id);
        if (update == updates.end()) return keep(target, node, x);
        const auto of = [&](NodeId operand) { return made[index(operand)]; };
        const auto [values, rows, factor] = update->second;
        const Value scalar = is_uniform(of(factor).node())
                                 ? target.constant(of(factor).node().attributes.reals[0], {})
                                 : of(factor);
        return subtract_rows(x[0], of(values), of(rows), scalar);
      });
  draft.groups = single_groups(draft.graph);
}

}  // namespace chainrule
