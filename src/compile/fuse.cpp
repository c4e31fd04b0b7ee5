#include <algorithm>
#include <map>
#include <set>

#include "compile/passes.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

// Grows groups node by node. A group is named by its first node; a merge keeps the smaller name.
class Grouping {
 public:
  explicit Grouping(const Graph& graph)
      : graph_(graph), live_(find_live(graph)), group_of_(live_.size(), none) {}

  std::vector<Group> run() {
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (!live_[index(id)] || is_leaf(graph_.node(id))) continue;
      group_of_[index(id)] = id;
      members_[id] = {id};
      if (is_elementwise(graph_.node(id))) join_operands(id);
    }
    return in_order();
  }

 private:
  static constexpr NodeId none = -1;

  // Can the group of this operand be extended by an elementwise chain of this shape?
  bool is_extensible(NodeId operand, const Shape& shape) const {
    const Node& node = graph_.node(operand);
    return node.shape == shape && (is_elementwise(node) || node.op->takes_epilogue);
  }

  bool has_root(NodeId group) const {
    return !is_elementwise(graph_.node(members_.at(group).front()));
  }

  void join_operands(NodeId id) {
    for (const NodeId operand : graph_.node(id).inputs) {
      const NodeId mine = group_of_[index(id)], other = group_of_[index(operand)];
      if (other == none || other == mine || !is_extensible(operand, graph_.node(id).shape))
        continue;
      if (has_root(mine) && has_root(other)) continue;
      if (root_reads(mine, other) || root_reads(other, mine)) continue;
      if (!goes_through_another(mine, other)) merge(mine, other);
    }
  }

  // A root runs before the chain, so it cannot read from it.
  bool root_reads(NodeId group, NodeId from) const {
    if (!has_root(group)) return false;
    const Node& root = graph_.node(members_.at(group).front());
    return std::ranges::any_of(root.inputs,
                               [&](NodeId input) { return group_of_[index(input)] == from; });
  }

  void merge(NodeId a, NodeId b) {
    std::vector<NodeId> both = members_[a];
    both.insert(both.end(), members_[b].begin(), members_[b].end());
    std::ranges::sort(both, [&](NodeId x, NodeId y) {  // a root comes first, then the graph's order
      return std::pair(is_elementwise(graph_.node(x)), x) <
             std::pair(is_elementwise(graph_.node(y)), y);
    });
    members_.erase(a);
    members_.erase(b);
    const NodeId name = std::min(a, b);
    for (const NodeId id : both) group_of_[index(id)] = name;
    members_[name] = std::move(both);
  }

  std::set<NodeId> groups_read_by(NodeId group) const {
    std::set<NodeId> read;
    for (const NodeId id : members_.at(group))
      for (const NodeId input : graph_.node(id).inputs)
        if (const NodeId other = group_of_[index(input)]; other != none && other != group)
          read.insert(other);
    return read;
  }

  // Merging two groups that are also connected through a third would make a circle.
  bool goes_through_another(NodeId a, NodeId b) const {
    std::vector<NodeId> open;
    std::set<NodeId> seen;
    const auto follow = [&](NodeId from) {
      for (const NodeId next : groups_read_by(from))
        if (next != a && next != b && seen.insert(next).second) open.push_back(next);
    };
    follow(a);
    follow(b);
    while (!open.empty()) {
      const NodeId group = open.back();
      open.pop_back();
      for (const NodeId next : groups_read_by(group))
        if (next == a || next == b) return true;
      follow(group);
    }
    return false;
  }

  // A chain reads through a broadcast; only other readers need it in memory.
  bool is_needed_in_memory(NodeId broadcast) const {
    for (const Output& output : graph_.outputs())
      if (output.node == broadcast) return true;
    for (const Update& update : graph_.updates())
      if (update.value == broadcast) return true;
    for (NodeId id = 0; id < graph_.size(); ++id)
      if (live_[index(id)] && !is_elementwise(graph_.node(id)) &&
          std::ranges::find(graph_.node(id).inputs, broadcast) != graph_.node(id).inputs.end())
        return true;
    return false;
  }

  Group with_broadcasts(const std::vector<NodeId>& members) const {
    Group group;
    for (const NodeId id : members) {
      if (is_elementwise(graph_.node(id)))
        for (const NodeId input : graph_.node(id).inputs)
          if (graph_.node(input).op == &broadcast_op &&
              std::ranges::find(group.nodes, input) == group.nodes.end())
            group.nodes.push_back(input);
      group.nodes.push_back(id);
    }
    return group;
  }

  // Depth first along the operands, in the graph's order.
  std::vector<Group> in_order() const {
    std::vector<Group> groups;
    std::set<NodeId> done;
    const auto visit = [&](const auto& self, NodeId group) -> void {
      if (!done.insert(group).second) return;
      for (const NodeId read : groups_read_by(group)) self(self, read);
      const std::vector<NodeId>& members = members_.at(group);
      const bool is_broadcast = graph_.node(members[0]).op == &broadcast_op;
      if (!is_broadcast || is_needed_in_memory(members[0]))
        groups.push_back(with_broadcasts(members));
    };
    for (const auto& [group, members] : members_) visit(visit, group);
    return groups;
  }

  const Graph& graph_;
  std::vector<char> live_;
  std::vector<NodeId> group_of_;
  std::map<NodeId, std::vector<NodeId>> members_;
};

}  // namespace

void fuse(Draft& draft) { draft.groups = Grouping(draft.graph).run(); }

}  // namespace chainrule
