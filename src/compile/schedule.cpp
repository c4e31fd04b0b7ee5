#include <algorithm>
#include <map>
#include <set>

#include "compile/passes.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

// Edges between groups, by index into draft.groups.
struct Order {
  std::vector<std::set<std::size_t>> users;  // groups that must come after
  std::vector<std::size_t> waits_for;        // how many groups must come before
};

class Edges {
 public:
  explicit Edges(const Draft& draft) : draft_(draft), made_by_(draft.graph.nodes().size(), none) {
    order_.users.resize(draft.groups.size());
    for (std::size_t group = 0; group < draft.groups.size(); ++group)
      for (const NodeId id : draft.groups[group].nodes)
        if (computes(draft.graph, draft.groups[group], id)) made_by_[index(id)] = group;
  }

  Order run() {
    for (std::size_t group = 0; group < draft_.groups.size(); ++group)
      for (const NodeId id : external_reads(group)) {
        if (made_by_[index(id)] != none) add(made_by_[index(id)], group);
        note_reader(group, id);
      }
    for (const Update& update : draft_.graph.updates()) readers_first(update);
    order_.waits_for.assign(draft_.groups.size(), 0);
    for (const auto& users : order_.users)
      for (const std::size_t user : users) ++order_.waits_for[user];
    return order_;
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::set<NodeId> external_reads(std::size_t group) const {
    const auto& nodes = draft_.groups[group].nodes;
    const std::set<NodeId> own(nodes.begin(), nodes.end());
    std::set<NodeId> reads;
    for (const NodeId id : nodes)
      for (const NodeId input : draft_.graph.node(id).inputs)
        if (!own.contains(input) || reads_from_memory(id, input)) reads.insert(input);
    return reads;
  }

  // A broadcast that a group reads through may also lie in memory, where the group's root reads it.
  bool reads_from_memory(NodeId id, NodeId input) const {
    return draft_.graph.node(input).op == &broadcast_op && !is_elementwise(draft_.graph.node(id));
  }

  void add(std::size_t before, std::size_t after) {
    if (before != after) order_.users[before].insert(after);
  }

  bool reaches(std::size_t from, std::size_t to) const {
    std::vector<std::size_t> open{from};
    std::set<std::size_t> seen;
    while (!open.empty()) {
      const std::size_t group = open.back();
      open.pop_back();
      if (group == to) return true;
      if (seen.insert(group).second)
        open.insert(open.end(), order_.users[group].begin(), order_.users[group].end());
    }
    return false;
  }

  // A reshape of a variable is the variable's own memory, so who reads the one reads the other.
  void note_reader(std::size_t group, NodeId id) {
    while (draft_.graph.node(id).op == &reshape_op) id = draft_.graph.node(id).inputs[0];
    if (draft_.graph.node(id).op == &variable_op) readers_[id].insert(group);
  }

  void readers_first(const Update& update) {
    const std::size_t writer = made_by_[index(update.value)];
    if (writer == none) return;
    for (const std::size_t reader : readers_[update.variable])
      if (reader != writer && !reaches(writer, reader)) add(reader, writer);
  }

  const Draft& draft_;
  std::vector<std::size_t> made_by_;
  std::map<NodeId, std::set<std::size_t>> readers_;  // by variable
  Order order_;
};

}  // namespace

void schedule(Draft& draft) {
  Order order = Edges(draft).run();
  std::vector<Group> sorted;
  // Last in, first out: what a group made possible runs next, while its operands are in the cache.
  std::vector<std::size_t> ready;
  for (std::size_t group = draft.groups.size(); group-- > 0;)
    if (order.waits_for[group] == 0) ready.push_back(group);
  while (!ready.empty()) {
    const std::size_t group = ready.back();
    ready.pop_back();
    sorted.push_back(std::move(draft.groups[group]));
    for (auto user = order.users[group].rbegin(); user != order.users[group].rend(); ++user)
      if (--order.waits_for[*user] == 0) ready.push_back(*user);
  }
  draft.groups = std::move(sorted);
}

}  // namespace chainrule
