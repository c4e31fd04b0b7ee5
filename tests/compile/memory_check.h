// Runs a draft without numbers: every piece of memory remembers whose result is in it, and every
// read is held against what the graph says should be there. Knows nothing of lifetimes.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>

#include "compile/draft.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {

class MemoryCheck {
 public:
  explicit MemoryCheck(const Draft& draft) : draft_(draft) {
    held_.resize(static_cast<std::size_t>(draft.arena_floats / 16), nobody);
    for (NodeId id = 0; id < draft.graph.size(); ++id)
      if (is_leaf(node(id)) && buffer_of(id) >= 0) write(id);
  }

  // What is wrong first; empty: nothing.
  std::string fault() {
    for (const Group& group : draft_.groups) run(group);
    for (const Output& output : draft_.graph.outputs()) read(output.node, "the output");
    for (const Update& update : draft_.graph.updates()) {
      const auto is_this = [&](const Update& copy) { return copy.variable == update.variable; };
      if (std::ranges::any_of(draft_.copies, is_this)) continue;
      if (buffer_of(update.value) != buffer_of(update.variable))
        note(fmt::format("%{} does not reach its variable", update.value));
      else
        read(update.value, "the variable");
    }
    for (const Update& copy : draft_.copies) {
      read(copy.value, "a copy");
      for_each_cell(buffer_of(copy.variable), [&](NodeId& cell) { cell = maker(copy.value); });
    }
    return fault_;
  }

 private:
  static constexpr NodeId nobody = -1;

  const Node& node(NodeId id) const { return draft_.graph.node(id); }
  int buffer_of(NodeId id) const { return draft_.buffer_of[static_cast<std::size_t>(id)]; }
  const Buffer& buffer(int i) const { return draft_.buffers[static_cast<std::size_t>(i)]; }
  void note(const std::string& what) {
    if (fault_.empty()) fault_ = what;
  }

  // A reshape in the same buffer is the same result.
  NodeId maker(NodeId id) const {
    while (node(id).op == &reshape_op && buffer_of(node(id).inputs[0]) == buffer_of(id))
      id = node(id).inputs[0];
    return id;
  }

  template <class Visit>
  void for_each_cell(int i, Visit visit) {
    const Buffer& at = buffer(i);
    if (at.home != Buffer::Home::arena) return visit(elsewhere_[i]);
    for (std::int64_t cell = at.offset / 16; cell < (at.offset + at.floats + 15) / 16; ++cell)
      visit(held_.at(static_cast<std::size_t>(cell)));
  }

  void write(NodeId id) {
    for_each_cell(buffer_of(id), [&](NodeId& cell) { cell = maker(id); });
  }
  void read(NodeId id, const std::string& reader) {
    if (buffer_of(id) < 0) return note(fmt::format("{} reads %{}, which is nowhere", reader, id));
    for_each_cell(buffer_of(id), [&](const NodeId& cell) {
      if (cell != maker(id)) note(fmt::format("{} reads %{} where %{} lies", reader, id, cell));
    });
  }

  // A chain reads and writes one element after the other; what a root or a broadcast reads, it
  // reads as long as the group runs.
  void run(const Group& group) {
    std::vector<NodeId> read_throughout;
    std::vector<char> made(draft_.graph.nodes().size(), 0);
    for (const NodeId id : group.nodes) {
      const bool reads_elementwise = is_elementwise(node(id));
      for (const NodeId input : node(id).inputs) {
        const bool is_stored = buffer_of(input) >= 0 && computes(draft_.graph, group, input);
        const bool through = made[static_cast<std::size_t>(input)] != 0 && !is_stored;
        if (!through) read(input, fmt::format("%{}", id));
        if (!reads_elementwise && !through) read_throughout.push_back(input);
      }
      made[static_cast<std::size_t>(id)] = 1;
      if (buffer_of(id) >= 0 && computes(draft_.graph, group, id)) write(id);
    }
    for (const NodeId input : read_throughout) {
      const bool is_alias = group.nodes.size() == 1 && maker(group.nodes[0]) == maker(input);
      if (!is_alias) read(input, "the rest of a group");
    }
  }

  const Draft& draft_;
  std::vector<NodeId> held_;         // by 16 floats of the arena
  std::map<int, NodeId> elsewhere_;  // by buffer
  std::string fault_;
};

inline std::string memory_fault(const Draft& draft) { return MemoryCheck(draft).fault(); }

}  // namespace chainrule
