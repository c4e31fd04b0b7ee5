#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compile/draft.h"

namespace chainrule {
namespace {

std::string_view word_for(Buffer::Home home) {
  switch (home) {
    case Buffer::Home::arena:
      return "arena";
    case Buffer::Home::input:
      return "input";
    case Buffer::Home::variable:
      return "variable";
    case Buffer::Home::constant:
      return "constant";
  }
  return "";
}

std::string place_of(const Draft& draft, NodeId id) {
  const int which = draft.buffer_of[static_cast<std::size_t>(id)];
  if (which < 0) return fmt::format("%{}", id);
  const Buffer& buffer = draft.buffers[static_cast<std::size_t>(which)];
  if (buffer.home != Buffer::Home::arena)
    return fmt::format("%{} -> {} of %{}", id, word_for(buffer.home), buffer.owner);
  return fmt::format("%{} -> arena[{}, {}]", id, buffer.offset, buffer.offset + buffer.floats);
}

}  // namespace

std::string print(const Draft& draft) {
  std::string text = print(draft.graph);
  for (std::size_t call = 0; call < draft.groups.size(); ++call) {
    std::vector<std::string> nodes;
    for (const NodeId id : draft.groups[call].nodes)
      nodes.push_back(draft.buffer_of.empty() ? fmt::format("%{}", id) : place_of(draft, id));
    text += fmt::format("call {}: {}\n", call, fmt::join(nodes, ", "));
  }
  for (const Update& copy : draft.copies)
    text += fmt::format("copy %{} to {}\n", copy.value, draft.graph.node(copy.variable).name);
  if (!draft.buffers.empty()) text += fmt::format("arena: {} floats\n", draft.arena_floats);
  return text;
}

}  // namespace chainrule
