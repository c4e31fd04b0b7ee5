#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "compile/chains.h"
#include "compile/passes.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

// Groups as far from each other as this are not joined, so that the time to find out whether they
// could be does not grow with the graph.
constexpr std::size_t farthest = 256;

// Moves groups that end in sums over rows to others that go through the same numbers. A group that
// has moved leaves an empty one behind, so that places stay what they are.
class SumJoiner {
 public:
  explicit SumJoiner(Draft& draft)
      : graph_(draft.graph),
        groups_(draft.groups),
        made_at_(graph_.nodes().size(), nowhere),
        uses_(made_at_.size()) {
    for (std::size_t at = 0; at < groups_.size(); ++at) note(at);
  }

  void run() {
    for (std::size_t at = 0; at < groups_.size(); ++at) {
      if (!ends_in_sum(at)) continue;
      for (const std::size_t other : groups_with_numbers_of(at))
        if (join(other, at) && groups_[at].nodes.empty()) break;
    }
    std::erase_if(groups_, [](const Group& group) { return group.nodes.empty(); });
  }

 private:
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  const Node& last(std::size_t at) const { return graph_.node(groups_[at].nodes.back()); }
  bool ends_in_sum(std::size_t at) const {
    return !groups_[at].nodes.empty() && row_sum(graph_, last(at)).has_value() && is_chain(at);
  }
  bool is_chain(std::size_t at) const {
    const NodeId root = root_of(graph_, groups_[at]);
    return root < 0 || row_sum(graph_, graph_.node(root)).has_value();
  }
  // What the chain goes through.
  const Shape& numbers(std::size_t at) const {
    return row_sum(graph_, last(at)) ? graph_.node(last(at).inputs[0]).shape : last(at).shape;
  }

  void note(std::size_t at) {
    for (const NodeId id : groups_[at].nodes) {
      if (computes(graph_, groups_[at], id)) made_at_[index(id)] = at;
      note_use(id, at);
      for (const NodeId input : graph_.node(id).inputs) note_use(input, at);
    }
  }

  void note_use(NodeId id, std::size_t at) {
    std::vector<std::size_t>& places = uses_[index(id)];
    if (places.empty() || places.back() != at) places.push_back(at);
  }

  // Chains before it that read or make an array that it reads.
  std::set<std::size_t> groups_with_numbers_of(std::size_t at) const {
    std::set<std::size_t> found;
    for_each_read(at, [&](NodeId id) {
      if (graph_.node(id).shape == numbers(at) && graph_.node(id).op != &constant_op)
        for (const std::size_t other : uses_[index(id)])
          if (other < at && at - other <= farthest && !groups_[other].nodes.empty() &&
              is_chain(other) && numbers(other) == numbers(at))
            found.insert(other);
    });
    return found;
  }

  template <class Visit>
  void for_each_read(std::size_t at, Visit visit) const {
    const std::set<NodeId> own(groups_[at].nodes.begin(), groups_[at].nodes.end());
    for (const NodeId id : own)
      for (const NodeId input : graph_.node(id).inputs)
        if (!own.contains(input)) visit(input);
  }

  // The later one can run where the earlier one does if all that it reads is there by then; the
  // earlier one where the later one does if nobody in between waits for it.
  bool join(std::size_t early, std::size_t late) {
    if (!have_sums_alike(early, late) || reads_sum_of(late, early)) return false;
    bool is_early_enough = true;
    for_each_read(late, [&](NodeId id) {
      const std::size_t made = made_at_[index(id)];
      is_early_enough &= made == nowhere || made <= early;
    });
    bool is_awaited = false;
    for (std::size_t at = early + 1; at < late && !is_early_enough; ++at)
      for_each_read(at, [&](NodeId id) { is_awaited |= made_at_[index(id)] == early; });
    if (!is_early_enough && is_awaited) return false;
    move(is_early_enough ? late : early, is_early_enough ? early : late);
    return true;
  }

  // A sum is there when its group is done, not for the chain that it ends.
  bool reads_sum_of(std::size_t late, std::size_t early) const {
    bool reads = false;
    for_each_read(late, [&](NodeId id) {
      reads |= made_at_[index(id)] == early && !is_elementwise(graph_.node(id));
    });
    return reads;
  }

  // One chain goes through its numbers in one way.
  bool have_sums_alike(std::size_t a, std::size_t b) const {
    const auto way_of_a = row_sum(graph_, last(a)), way_of_b = row_sum(graph_, last(b));
    const bool has_chain = groups_[a].nodes.size() > 1 || groups_[b].nodes.size() > 1 ||
                           is_elementwise(last(a)) || is_elementwise(last(b));
    return has_chain && (!way_of_a || !way_of_b || way_of_a == way_of_b);
  }

  void move(std::size_t from, std::size_t to) {
    std::set<NodeId> nodes(groups_[to].nodes.begin(), groups_[to].nodes.end());
    nodes.insert(groups_[from].nodes.begin(), groups_[from].nodes.end());
    groups_[to] = in_chain_order(graph_, -1, nodes);
    groups_[from].nodes.clear();
    note(to);
  }

  const Graph& graph_;
  std::vector<Group>& groups_;
  std::vector<std::size_t> made_at_;            // by node: the place of its group
  std::vector<std::vector<std::size_t>> uses_;  // by node: places that make it or read it
};

}  // namespace

void join_sums(Draft& draft) { SumJoiner(draft).run(); }

}  // namespace chainrule
