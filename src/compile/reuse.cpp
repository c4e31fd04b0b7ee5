#include <algorithm>

#include "compile/lifetimes.h"
#include "compile/passes.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

bool may_overwrite(const Node& node) { return is_elementwise(node) || node.op->may_overwrite; }

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
      const auto is_old = [&](NodeId input) { return draft_.buffer_of[index(input)] == old; };
      const auto reads = std::ranges::count_if(node.inputs, is_old);
      // The root's own result may be what is overwritten, but not what it reads, unless that is its
      // first operand alone and its loop takes care of it.
      const bool takes_care = is_elementwise(node) || (id == result && node.op->may_overwrite &&
                                                       reads == 1 && is_old(node.inputs[0]));
      if (reads > 0 && (written || !takes_care)) return false;
      if (id == result) written = true;
    }
    return written;
  }

 private:
  const Draft& draft_;
  const Group& group_;
};

class Reuse {
 public:
  explicit Reuse(Draft& draft) : draft_(draft), held_(draft.buffers.size()) {
    computed_at_.assign(draft.buffer_of.size(), nowhere);
    for (std::size_t step = draft.groups.size(); step-- > 0;)
      for (const NodeId id : draft.groups[step].nodes)
        if (computes(draft.graph, draft.groups[step], id)) computed_at_[index(id)] = step;
    for (std::size_t id = 0; id < draft.buffer_of.size(); ++id)
      if (draft.buffer_of[id] >= 0)
        held_[index(draft.buffer_of[id])].push_back(static_cast<NodeId>(id));
  }

  void run() {
    lifetimes_ = find_lifetimes(draft_);
    std::erase_if(draft_.copies, [&](const Update& update) { return update_in_place(update); });
    lifetimes_ = find_lifetimes(draft_);  // fewer copies are left at the end
    for (std::size_t step = 0; step < draft_.groups.size(); ++step) reuse_operands(step);
  }

 private:
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  int buffer_of(NodeId id) const { return draft_.buffer_of[index(id)]; }
  const Buffer& buffer(int i) const { return draft_.buffers[index(i)]; }
  Lifetime& lifetime(int i) { return lifetimes_[index(i)]; }

  void move_to(int from, int to) {
    for (const NodeId id : held_[index(from)]) draft_.buffer_of[index(id)] = to;
    auto& held = held_[index(to)];
    held.insert(held.end(), held_[index(from)].begin(), held_[index(from)].end());
    held_[index(from)].clear();
    lifetime(to).first = std::min(lifetime(to).first, lifetime(from).first);
    lifetime(to).last = std::max(lifetime(to).last, lifetime(from).last);
    lifetime(from) = {.first = static_cast<std::int64_t>(draft_.groups.size()), .last = -1};
  }

  // The new value of a variable is written where the old one lies, if nobody needs the old one
  // then.
  bool update_in_place(const Update& update) {
    const int variable = buffer_of(update.variable), value = buffer_of(update.value);
    if (buffer(value).home != Buffer::Home::arena || buffer(value).owner != update.value ||
        !may_overwrite(draft_.graph.node(update.value)))
      return false;
    const std::size_t step = computed_at_[index(update.value)];
    if (lifetime(variable).last > static_cast<std::int64_t>(step)) return false;
    if (!Overwrite(draft_, draft_.groups[step]).is_safe(update.value, variable)) return false;
    move_to(value, variable);
    return true;
  }

  // An elementwise result takes over the buffer of an operand, or of the group's root, that dies
  // here; or else that of anything else that the chain reads and that dies here.
  void reuse_operands(std::size_t step) {
    std::vector<int> read;  // that die here
    for (const NodeId id : draft_.groups[step].nodes) {
      const Node& node = draft_.graph.node(id);
      if (!is_elementwise(node)) continue;
      for (const NodeId input : node.inputs)
        if (const int of_input = buffer_of(input); of_input >= 0 && dies(of_input, step))
          read.push_back(of_input);
      const int mine = buffer_of(id);
      if (mine < 0 || buffer(mine).home != Buffer::Home::arena) continue;
      const auto old = std::find_if(read.rbegin(), read.rend(),
                                    [&](int i) { return can_take_over(id, i, step); });
      if (old != read.rend()) move_to(mine, *old);
    }
  }

  bool dies(int i, std::size_t step) const {
    return lifetimes_[index(i)].last == static_cast<std::int64_t>(step);
  }

  bool can_take_over(NodeId id, int old, std::size_t step) const {
    return old != buffer_of(id) && buffer(old).home == Buffer::Home::arena &&
           buffer(old).floats == draft_.graph.node(id).shape.size() && dies(old, step) &&
           Overwrite(draft_, draft_.groups[step]).is_safe(id, old);
  }

  Draft& draft_;
  std::vector<std::vector<NodeId>> held_;  // by buffer: the nodes in it
  std::vector<std::size_t> computed_at_;   // by node: the group
  std::vector<Lifetime> lifetimes_;        // by buffer
};

}  // namespace

void reuse(Draft& draft) { Reuse(draft).run(); }

}  // namespace chainrule
