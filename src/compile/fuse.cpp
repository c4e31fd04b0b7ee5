#include <algorithm>
#include <set>
#include <utility>

#include "compile/passes.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

// Grows groups node by node. Groups have places in an order of execution, so that whatever a group
// reads has a lower place; that is what keeps the search for circles short.
class Grouping {
 public:
  explicit Grouping(const Graph& graph)
      : graph_(graph),
        live_(find_live(graph)),
        needed_(find_needed_in_memory()),
        group_of_(live_.size(), none),
        users_(live_.size()),
        found_by_(live_.size(), 0) {}

  std::vector<Group> run() {
    for (NodeId id = 0; id < graph_.size(); ++id) {
      const Node& node = graph_.node(id);
      if (!live_[index(id)] || is_leaf(node)) continue;
      for (const NodeId input : node.inputs) users_[index(input)].push_back(id);
      group_of_[index(id)] = static_cast<GroupId>(groups_.size());
      groups_.push_back({.nodes = {id}, .first = id, .place = id});
      if (!is_elementwise(node))
        groups_.back().root = id;
      else
        join_operands(id);
    }
    for (NodeId id = static_cast<NodeId>(graph_.size()); id-- > 0;) move_to_reader(id);
    gather_members();
    return in_order();
  }

 private:
  using GroupId = std::int32_t;
  static constexpr GroupId none = -1;
  // Reads that a search for a circle follows. Beyond that the two stay apart, so that a graph's
  // compilation takes time in proportion to its size.
  static constexpr int longest_search = 1024;
  // Nodes that move from one group to another together: an activation's derivative has fewer.
  static constexpr std::size_t most_moved = 64;

  struct Members {
    std::vector<NodeId> nodes;
    NodeId root = none;   // what is not elementwise runs before the rest
    NodeId first = none;  // the smallest node, by which groups are put in order
    std::int64_t place = 0;
  };

  Members& members(GroupId group) { return groups_[index(group)]; }
  const Members& members(GroupId group) const { return groups_[index(group)]; }
  bool has_root(GroupId group) const { return members(group).root != none; }

  // Can the group of this operand be extended by an elementwise chain of this shape?
  bool is_extensible(NodeId operand, const Shape& shape) const {
    const Node& node = graph_.node(operand);
    return node.shape == shape && (is_elementwise(node) || node.op->takes_epilogue);
  }

  void join_operands(NodeId id) {
    for (const NodeId operand : graph_.node(id).inputs) {
      const GroupId mine = group_of_[index(id)], other = group_of_[index(operand)];
      if (other == none || other == mine || !is_extensible(operand, graph_.node(id).shape))
        continue;
      if (has_root(mine) && has_root(other)) continue;
      if (root_reads(mine, other) || root_reads(other, mine)) continue;
      if (make_neighbours(mine, other)) merge(mine, other);
    }
  }

  // A root runs before the chain, so it cannot read from it.
  bool root_reads(GroupId group, GroupId from) const {
    if (!has_root(group)) return false;
    return std::ranges::any_of(graph_.node(members(group).root).inputs,
                               [&](NodeId input) { return group_of_[index(input)] == from; });
  }

  // The larger takes over the smaller, and the place that make_neighbours gave to both.
  void merge(GroupId a, GroupId b) {
    if (members(a).nodes.size() < members(b).nodes.size()) std::swap(a, b);
    Members &to = members(a), &from = members(b);
    for (const NodeId id : from.nodes) group_of_[index(id)] = a;
    to.nodes.insert(to.nodes.end(), from.nodes.begin(), from.nodes.end());
    to.root = std::max(to.root, from.root);
    to.first = std::min(to.first, from.first);
    from = {};
  }

  // A result that one other group reads, and nobody else, is computed there, if what it is made of
  // is in memory anyway: the derivative of an activation in the backward pass, for one. So it need
  // not be written and read again.
  void move_to_reader(NodeId id) {
    if (group_of_[index(id)] == none || users_[index(id)].empty()) return;
    const GroupId from = group_of_[index(id)], to = group_of_[index(users_[index(id)].front())];
    std::set<NodeId> moved;
    std::set<NodeId> read;  // from memory, besides what the other group reads already
    if (from == to || !collect(id, from, to, moved, read) || read.size() > 1) return;
    for (const NodeId node : moved) group_of_[index(node)] = to;
  }

  // Once all have moved: who is in which group.
  void gather_members() {
    for (Members& group : groups_) group.nodes.clear();
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (group_of_[index(id)] == none) continue;
      Members& group = members(group_of_[index(id)]);
      if (group.nodes.empty()) group.first = id;
      group.nodes.push_back(id);
    }
  }

  // The nodes that would have to move along with this one; false if it has to stay. No more than a
  // few are asked for, so that neither the search nor the stack grows with the graph.
  bool collect(NodeId id, GroupId from, GroupId to, std::set<NodeId>& moved,
               std::set<NodeId>& read) const {
    if (!is_elementwise(graph_.node(id)) || group_of_[index(id)] != from ||
        needed_[index(id)] != 0 || moved.size() == most_moved)
      return false;
    moved.insert(id);
    for (const NodeId user : users_[index(id)])
      if (group_of_[index(user)] != to && !moved.contains(user)) return false;
    return std::ranges::all_of(graph_.node(id).inputs, [&](NodeId input) {
      const Node& node = graph_.node(input);
      if (node.op == &constant_op || node.op == &broadcast_op || moved.contains(input)) return true;
      if (needed_[index(input)] == 0) return collect(input, from, to, moved, read);
      if (!reads(to, input)) read.insert(input);
      return true;
    });
  }

  bool reads(GroupId group, NodeId id) const {
    return std::ranges::any_of(users_[index(id)],
                               [&](NodeId user) { return group_of_[index(user)] == group; });
  }

  // While `visit` returns true.
  template <class Visit>
  void for_each_read(GroupId group, Visit visit) const {
    for (const NodeId id : members(group).nodes)
      for (const NodeId input : graph_.node(id).inputs)
        if (const GroupId other = group_of_[index(input)]; other != none && other != group)
          if (!visit(other)) return;
  }
  template <class Visit>
  void for_each_reader(GroupId group, Visit visit) const {
    for (const NodeId id : members(group).nodes)
      for (const NodeId user : users_[index(id)])
        if (const GroupId other = group_of_[index(user)]; other != none && other != group)
          if (!visit(other)) return;
  }

  // Groups with places between two others, in the order in which a search found them.
  struct Between {
    std::vector<GroupId> groups{};
    bool goes_through = false;  // from one of the two to the other
  };

  // What `from` reads, and what that reads, down to the place of `to`; or with readers, up to it.
  template <bool readers>
  Between search(GroupId from, GroupId to) {
    Between found;
    const NodeId number = ++searches_;
    int followed = 0;
    const std::int64_t limit = members(to).place;
    const auto follow = [&](GroupId group) {
      const auto visit = [&](GroupId next) {
        if (next == to) found.goes_through |= group != from;
        const std::int64_t place = members(next).place;
        const bool inside = readers ? place < limit : place > limit;
        if (next != to && inside && std::exchange(found_by_[index(next)], number) != number)
          found.groups.push_back(next);
        if (++followed == longest_search) found.goes_through = true;  // for all that is known
        return !found.goes_through;
      };
      if constexpr (readers)
        for_each_reader(group, visit);
      else
        for_each_read(group, visit);
    };
    follow(from);
    for (std::size_t i = 0; i < found.groups.size() && !found.goes_through; ++i)
      follow(found.groups[i]);
    return found;
  }

  // Gives both one place in the order. Impossible if they are also connected through a third group:
  // merging them would make a circle. What lies between is moved before or after them (Pearce and
  // Kelly's dynamic topological order).
  bool make_neighbours(GroupId early, GroupId late) {
    if (members(early).place > members(late).place) std::swap(early, late);
    const std::int64_t early_place = members(early).place, late_place = members(late).place;
    const Between before = search<false>(late, early);
    if (before.goes_through) return false;
    if (before.groups.empty()) {
      members(late).place = early_place;
      return true;
    }
    const Between after = search<true>(early, late);
    if (after.goes_through) return false;
    std::vector<std::int64_t> places{early_place, late_place};
    const auto by_place = [&](const std::vector<GroupId>& groups) {
      std::vector<GroupId> sorted = groups;
      std::ranges::sort(sorted, {}, [&](GroupId group) { return members(group).place; });
      for (const GroupId group : sorted) places.push_back(members(group).place);
      return sorted;
    };
    const std::vector<GroupId> first = by_place(before.groups), last = by_place(after.groups);
    std::ranges::sort(places);
    auto place = places.begin();
    for (const GroupId group : first) members(group).place = *place++;
    members(early).place = members(late).place = *place++;
    for (const GroupId group : last) members(group).place = *++place;
    return true;
  }

  // By node: a chain reads through a broadcast; only other readers need it in memory.
  std::vector<char> find_needed_in_memory() const {
    std::vector<char> needed(live_.size(), 0);
    for (const Output& output : graph_.outputs()) needed[index(output.node)] = 1;
    for (const Update& update : graph_.updates()) needed[index(update.value)] = 1;
    for (NodeId id = 0; id < graph_.size(); ++id)
      if (live_[index(id)] && !is_elementwise(graph_.node(id)))
        for (const NodeId input : graph_.node(id).inputs) needed[index(input)] = 1;
    return needed;
  }

  Group with_broadcasts(const Members& members) const {
    std::vector<NodeId> nodes = members.nodes;
    std::ranges::sort(nodes,
                      [&](NodeId x, NodeId y) {  // a root comes first, then the graph's order
                        return std::pair(x != members.root, x) < std::pair(y != members.root, y);
                      });
    Group group;
    std::set<NodeId> listed;
    for (const NodeId id : nodes) {
      if (is_elementwise(graph_.node(id)))
        for (const NodeId input : graph_.node(id).inputs)
          if (graph_.node(input).op == &broadcast_op && listed.insert(input).second)
            group.nodes.push_back(input);
      group.nodes.push_back(id);
    }
    return group;
  }

  std::vector<GroupId> sorted_reads(GroupId group) const {
    std::vector<GroupId> reads;
    for_each_read(group, [&](GroupId other) {
      reads.push_back(other);
      return true;
    });
    std::ranges::sort(reads, {}, [&](GroupId read) { return members(read).first; });
    reads.erase(std::unique(reads.begin(), reads.end()), reads.end());
    return reads;
  }

  // Depth first along the operands, in the graph's order; a deep graph is deeper than the stack.
  std::vector<Group> in_order() const {
    struct Visit {
      GroupId group;
      std::vector<GroupId> reads;
      std::size_t next = 0;
    };
    std::vector<Group> groups;
    std::vector<char> done(groups_.size(), 0);
    std::vector<Visit> open;
    const auto begin = [&](GroupId group) {
      if (std::exchange(done[index(group)], char{1}) == 0)
        open.push_back({group, sorted_reads(group)});
    };
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (group_of_[index(id)] != none) begin(group_of_[index(id)]);
      while (!open.empty()) {
        Visit& visit = open.back();
        if (visit.next < visit.reads.size()) {
          begin(visit.reads[visit.next++]);
          continue;
        }
        const Members& made = members(visit.group);
        const bool is_broadcast = graph_.node(made.first).op == &broadcast_op;
        if (!is_broadcast || needed_[index(made.first)]) groups.push_back(with_broadcasts(made));
        open.pop_back();
      }
    }
    return groups;
  }

  const Graph& graph_;
  std::vector<char> live_, needed_;
  std::vector<GroupId> group_of_;           // by node
  std::vector<std::vector<NodeId>> users_;  // by node, as far as the walk has come
  std::vector<Members> groups_;
  std::vector<NodeId> found_by_;  // by group: the last search that found it
  NodeId searches_ = 0;
};

}  // namespace

void fuse(Draft& draft) { draft.groups = Grouping(draft.graph).run(); }

}  // namespace chainrule
