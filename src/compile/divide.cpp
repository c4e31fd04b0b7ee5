#include "compile/divide.h"

#include <algorithm>
#include <set>

#include "compile/chains.h"
#include "graph/op.h"

namespace chainrule {
namespace {

class UpdateChains {
 public:
  explicit UpdateChains(const Draft& draft) : draft_(draft) {
    for (const Update& update : draft.graph.updates()) {
      values_.insert(update.value);
      changed_.insert(buffer_of(update.variable));
    }
    for (const Group& group : draft.groups)
      if (updates(group))
        for (const NodeId id : group.nodes)
          if (computes(draft.graph, group, id)) made_.insert(id);
  }

  bool are_divisible() const {
    return std::ranges::all_of(draft_.groups,
                               [&](const Group& group) {
                                 return (!updates(group) || is_chain(group)) && keeps_apart(group);
                               }) &&
           std::ranges::none_of(draft_.graph.outputs(),
                                [&](const Output& output) { return is_shared(output.node); });
  }

 private:
  const Node& node(NodeId id) const { return draft_.graph.node(id); }
  int buffer_of(NodeId id) const { return draft_.buffer_of[index(id)]; }

  bool updates(const Group& group) const {
    return std::ranges::any_of(group.nodes, [&](NodeId id) { return values_.contains(id); });
  }

  // Elementwise all through, and of as many numbers.
  bool is_chain(const Group& group) const {
    const std::int64_t numbers = node(group.nodes.back()).shape.size();
    return std::ranges::all_of(group.nodes, [&](NodeId id) {
      return !computes(draft_.graph, group, id) ||
             (is_elementwise(node(id)) && node(id).shape.size() == numbers);
    });
  }

  // Of which a program has its share alone.
  bool is_shared(NodeId id) const {
    return made_.contains(id) || (buffer_of(id) >= 0 && changed_.contains(buffer_of(id)));
  }

  // What is shared is read by chains that have the same share of it, element by element.
  bool keeps_apart(const Group& group) const {
    const bool is_updating = updates(group);
    return std::ranges::all_of(group.nodes, [&](NodeId id) {
      return std::ranges::none_of(node(id).inputs, [&](NodeId input) {
        return is_shared(input) && !(is_updating && is_elementwise(node(id)) &&
                                     node(input).shape.size() == node(id).shape.size());
      });
    });
  }

  const Draft& draft_;
  std::set<NodeId> values_{}, made_{};
  std::set<int> changed_{};  // buffers
};

}  // namespace

bool can_divide_updates(const Draft& draft) { return UpdateChains(draft).are_divisible(); }

}  // namespace chainrule
