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

// Smaller arrays stay in the first-level cache, where to store them costs nothing.
constexpr std::int64_t fewest_numbers = 4096;

// Operations that are made again for one number, at most: with AVX2 about as many as take the time
// of reading it from memory.
constexpr std::size_t most_again = 8;

// Decides, node by node in the graph's order, what stays in memory between groups and what those
// that read it make again.
class Recompute {
 public:
  explicit Recompute(const Draft& draft)
      : draft_(draft),
        graph_(draft.graph),
        home_(graph_.nodes().size(), nowhere),
        leaves_(home_.size(), 0),
        is_needed_(home_.size(), 0),
        again_(home_.size(), 0),
        readers_(home_.size()) {
    for (std::size_t group = 0; group < draft.groups.size(); ++group)
      for (const NodeId id : draft.groups[group].nodes)
        if (computes(graph_, draft.groups[group], id)) home_[index(id)] = group;
    for (std::size_t group = 0; group < draft.groups.size(); ++group) note_reads(group);
    for (const Output& output : graph_.outputs()) need(output.node);
    for (const Update& update : graph_.updates()) need(update.value);
  }

  std::vector<Group> run() {
    for (NodeId id = 0; id < graph_.size(); ++id)
      again_[index(id)] = is_better_made_again(id) ? 1 : 0;
    std::vector<Group> groups;
    for (std::size_t group = 0; group < draft_.groups.size(); ++group)
      if (Group made = remade(group); !made.nodes.empty()) groups.push_back(std::move(made));
    return groups;
  }

 private:
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  void need(NodeId id) { leaves_[index(id)] = is_needed_[index(id)] = 1; }

  // Is it in memory for others to read?
  bool stays(NodeId id) const { return leaves_[index(id)] != 0 && again_[index(id)] == 0; }

  // A chain, or a sum that ends one, can make again what it reads; anything else reads memory.
  void note_reads(std::size_t group) {
    for (const NodeId id : draft_.groups[group].nodes) {
      const Node& node = graph_.node(id);
      const bool is_chain = is_elementwise(node) || row_sum(graph_, node);
      for (const NodeId input : node.inputs) {
        if (!is_chain) need(input);
        if (home_[index(input)] == group) continue;
        leaves_[index(input)] = 1;
        std::vector<std::size_t>& readers = readers_[index(input)];
        if (readers.empty() || readers.back() != group) readers.push_back(group);
      }
    }
  }

  // Arrays of memory that `id` can be made from where it is not read, or nothing if it cannot.
  // What is broadcast is small, and what belongs to a program's state may be gone by then.
  bool find_sources(NodeId id, std::set<NodeId>& sources, std::set<NodeId>& made) const {
    const Node& node = graph_.node(id);
    if (!is_elementwise(node) || node.op->is_costly || made.size() == most_again) return false;
    made.insert(id);
    return std::ranges::all_of(node.inputs, [&](NodeId input) {
      const Node& operand = graph_.node(input);
      if (operand.op == &constant_op || operand.op == &broadcast_op || made.contains(input))
        return true;
      if (operand.op == &variable_op) return false;
      const bool is_elsewhere = is_leaf(operand) || stays(input);
      if (!is_elsewhere) return find_sources(input, sources, made);
      sources.insert(input);
      return true;
    });
  }

  // Making it again costs what its readers have to read for it and do not read anyway. Otherwise it
  // is written once and read by each.
  bool is_better_made_again(NodeId id) const {
    if (leaves_[index(id)] == 0 || is_needed_[index(id)] != 0 ||
        graph_.node(id).shape.size() < fewest_numbers)
      return false;
    std::set<NodeId> sources, made;
    if (!find_sources(id, sources, made)) return false;
    const std::vector<std::size_t>& readers = readers_[index(id)];
    std::size_t reads = 0;
    for (const std::size_t group : readers)
      reads += static_cast<std::size_t>(std::ranges::count_if(sources, [&](NodeId source) {
        return home_[index(source)] != group &&
               !std::ranges::binary_search(readers_[index(source)], group);
      }));
    return reads <= 1 + readers.size();
  }

  // What of a group is left: what others read from memory, and what that is made of.
  Group remade(std::size_t group) const {
    std::set<NodeId> nodes;
    std::vector<NodeId> open;
    for (const NodeId id : draft_.groups[group].nodes) {
      const bool is_kept = stays(id) || !is_elementwise(graph_.node(id));
      if (is_kept && computes(graph_, draft_.groups[group], id)) open.push_back(id);
    }
    while (!open.empty()) {
      const NodeId id = open.back();
      open.pop_back();
      if (!nodes.insert(id).second) continue;
      for (const NodeId input : graph_.node(id).inputs) {
        const Node& operand = graph_.node(input);
        if (operand.op == &broadcast_op && is_elementwise(graph_.node(id))) nodes.insert(input);
        const bool is_made_here = home_[index(input)] == group || !stays(input);
        if (is_elementwise(operand) && is_made_here) open.push_back(input);
      }
    }
    return in_chain_order(graph_, root_of(graph_, draft_.groups[group]), nodes);
  }

  const Draft& draft_;
  const Graph& graph_;
  std::vector<std::size_t> home_;                  // by node: the group that computes it
  std::vector<char> leaves_;                       // by node: is it read outside its group?
  std::vector<char> is_needed_;                    // by node: does something read it from memory?
  std::vector<char> again_;                        // by node: do its readers make it again?
  std::vector<std::vector<std::size_t>> readers_;  // by node: groups in order, without its own
};

}  // namespace

void recompute(Draft& draft) { draft.groups = Recompute(draft).run(); }

}  // namespace chainrule
