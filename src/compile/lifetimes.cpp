#include "compile/lifetimes.h"

#include <algorithm>

namespace chainrule {

std::vector<Lifetime> find_lifetimes(const Draft& draft) {
  const auto end = static_cast<std::int64_t>(draft.groups.size());
  std::vector<Lifetime> lifetimes(draft.buffers.size(), {.first = end, .last = -1});
  const auto touch = [&](NodeId node, std::int64_t step) {
    const int buffer = draft.buffer_of[static_cast<std::size_t>(node)];
    if (buffer < 0) return;
    Lifetime& lifetime = lifetimes[static_cast<std::size_t>(buffer)];
    lifetime.first = std::min(lifetime.first, step);
    lifetime.last = std::max(lifetime.last, step);
  };
  for (std::int64_t step = 0; step < end; ++step)
    for (const NodeId id : draft.groups[static_cast<std::size_t>(step)].nodes) {
      touch(id, step);
      for (const NodeId input : draft.graph.node(id).inputs) touch(input, step);
    }
  for (const Output& output : draft.graph.outputs()) touch(output.node, end);
  for (const Update& copy : draft.copies) touch(copy.value, end);
  return lifetimes;
}

}  // namespace chainrule
