#include <algorithm>

#include "compile/lifetimes.h"
#include "compile/passes.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

// Decides, within one group, whether `result` may be written over the buffer `old`. An elementwise
// chain reads and writes the same element at the same time, so what matters is that nothing reads
// the old contents later in the chain, at another element, or in the group's root.
class Overwrite {
 public:
  Overwrite(const Draft& draft, const Group& group) : draft_(draft), group_(group) {}

  bool is_safe(NodeId result, int old) const {
    bool written = false;
    for (const NodeId id : group_.nodes) {
      const Node& node = draft_.graph.node(id);
      const bool reads = std::ranges::any_of(
          node.inputs, [&](NodeId input) { return draft_.buffer_of[index(input)] == old; });
      // The root's own result may be what is overwritten, but not what it reads.
      if (reads && (written || !is_elementwise(node))) return false;
      if (id == result) written = true;
    }
    return written;
  }

 private:
  const Draft& draft_;
  const Group& group_;
};

const Group* group_that_computes(const Draft& draft, NodeId id, std::int64_t& step) {
  for (std::size_t i = 0; i < draft.groups.size(); ++i)
    if (std::ranges::find(draft.groups[i].nodes, id) != draft.groups[i].nodes.end() &&
        computes(draft.graph, draft.groups[i], id)) {
      step = static_cast<std::int64_t>(i);
      return &draft.groups[i];
    }
  return nullptr;
}

void move_to(Draft& draft, int from, int to) { std::ranges::replace(draft.buffer_of, from, to); }

// The new value of a variable is written where the old one lies, if nobody needs the old one then.
bool update_in_place(Draft& draft, const Update& update) {
  const int variable = draft.buffer_of[index(update.variable)];
  const int value = draft.buffer_of[index(update.value)];
  const Buffer& buffer = draft.buffers[static_cast<std::size_t>(value)];
  if (buffer.home != Buffer::Home::arena || buffer.owner != update.value ||
      !is_elementwise(draft.graph.node(update.value)))
    return false;
  std::int64_t step = 0;
  const Group* group = group_that_computes(draft, update.value, step);
  if (find_lifetimes(draft)[static_cast<std::size_t>(variable)].last > step) return false;
  if (!Overwrite(draft, *group).is_safe(update.value, variable)) return false;
  move_to(draft, value, variable);
  return true;
}

// An elementwise result takes over the buffer of an operand, or of the group's root, that dies
// here.
void reuse_operands(Draft& draft, std::int64_t step) {
  const Group& group = draft.groups[static_cast<std::size_t>(step)];
  std::vector<Lifetime> lifetimes = find_lifetimes(draft);
  for (const NodeId id : group.nodes) {
    const Node& node = draft.graph.node(id);
    const int mine = draft.buffer_of[index(id)];
    if (!is_elementwise(node) || mine < 0) continue;
    if (draft.buffers[static_cast<std::size_t>(mine)].home != Buffer::Home::arena) continue;
    for (const NodeId input : node.inputs) {
      const int old = draft.buffer_of[index(input)];
      if (old < 0 || old == mine) continue;
      const Buffer& buffer = draft.buffers[static_cast<std::size_t>(old)];
      const bool dies = lifetimes[static_cast<std::size_t>(old)].last == step;
      if (buffer.home != Buffer::Home::arena || buffer.floats != node.shape.size() || !dies)
        continue;
      if (!Overwrite(draft, group).is_safe(id, old)) continue;
      move_to(draft, mine, old);
      lifetimes = find_lifetimes(draft);
      break;
    }
  }
}

}  // namespace

void reuse(Draft& draft) {
  std::erase_if(draft.copies, [&](const Update& update) { return update_in_place(draft, update); });
  for (std::size_t step = 0; step < draft.groups.size(); ++step)
    reuse_operands(draft, static_cast<std::int64_t>(step));
}

}  // namespace chainrule
