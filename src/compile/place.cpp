#include "compile/passes.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

Buffer::Home home_of(const Node& node) {
  if (node.op == &input_op) return Buffer::Home::input;
  if (node.op == &variable_op) return Buffer::Home::variable;
  if (node.op == &constant_op) return Buffer::Home::constant;
  return Buffer::Home::arena;
}

// By node: does somebody outside its group read it from memory? The result of a group's root is
// always in memory, because the kernel writes it there.
std::vector<char> find_in_memory(const Draft& draft) {
  std::vector<char> in_memory(draft.graph.nodes().size(), 0);
  std::vector<std::size_t> computed_in(in_memory.size(), 0);  // counted from 1
  std::size_t own = 0;
  for (const Group& group : draft.groups) {
    ++own;
    for (const NodeId id : group.nodes) {
      const Node& node = draft.graph.node(id);
      if (!is_elementwise(node) && computes(draft.graph, group, id)) in_memory[index(id)] = 1;
      for (const NodeId input : node.inputs)
        if (computed_in[index(input)] != own) in_memory[index(input)] = 1;
      computed_in[index(id)] = own;
    }
  }
  for (const Output& output : draft.graph.outputs()) in_memory[index(output.node)] = 1;
  for (const Update& update : draft.graph.updates()) in_memory[index(update.value)] = 1;
  return in_memory;
}

// A reshape of something that does not change is the same memory under another shape.
bool is_alias(const Draft& draft, const Node& node) {
  return node.op == &reshape_op && !is_leaf(draft.graph.node(node.inputs[0]));
}

}  // namespace

void place(Draft& draft) {
  const std::vector<char> in_memory = find_in_memory(draft);
  draft.buffers.clear();
  draft.buffer_of.assign(in_memory.size(), -1);
  draft.arena_floats = 0;
  for (NodeId id = 0; id < draft.graph.size(); ++id) {
    const Node& node = draft.graph.node(id);
    if (!in_memory[index(id)] && !is_leaf(node)) continue;
    if (is_alias(draft, node)) {
      draft.buffer_of[index(id)] = draft.buffer_of[index(node.inputs[0])];
      continue;
    }
    Buffer buffer{.home = home_of(node), .owner = id, .floats = node.shape.size()};
    if (buffer.home == Buffer::Home::arena) {
      buffer.offset = draft.arena_floats;
      draft.arena_floats += round_up(buffer.floats);
    }
    draft.buffer_of[index(id)] = static_cast<int>(draft.buffers.size());
    draft.buffers.push_back(buffer);
  }
  draft.copies.assign(draft.graph.updates().begin(), draft.graph.updates().end());
}

}  // namespace chainrule
