#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "compile/draft.h"
#include "compile/passes.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {

std::vector<Pass> pipeline() {
  return {
      {.name = "lower", .required = true, .run = lower},
      {.name = "simplify", .required = false, .run = simplify},
      {.name = "fold_transposes", .required = false, .run = fold_transposes},
      {.name = "convolve", .required = false, .run = convolve},
      {.name = "layout", .required = false, .run = layout},
      {.name = "update_rows", .required = false, .run = update_rows},
      {.name = "fuse", .required = false, .run = fuse},
      {.name = "recompute", .required = false, .run = recompute},
      {.name = "join_sums", .required = false, .run = join_sums},
      {.name = "schedule", .required = false, .run = schedule},
      {.name = "place", .required = true, .run = place},
      {.name = "reuse", .required = false, .run = reuse},
      {.name = "plan_memory", .required = false, .run = plan_memory},
      {.name = "generate", .required = false, .run = generate},
  };
}

Draft compile(const Graph& graph, const std::set<std::string>& skip, const PassWatcher& watch,
              const Parts& parts) {
  using Clock = std::chrono::steady_clock;
  std::vector<Pass> passes = pipeline();
  for (const std::string& name : skip) {
    const auto pass = std::ranges::find(passes, name, &Pass::name);
    if (pass == passes.end()) throw UsageError(fmt::format("there is no compiler pass {}", name));
    if (pass->required) throw UsageError(fmt::format("the pass {} cannot be left out", name));
  }
  if (parts.count < 1) throw UsageError(fmt::format("parts: count = {}; at least 1", parts.count));
  if (parts.count > 1)
    passes.insert(std::ranges::find(passes, "fuse", &Pass::name),
                  {.name = "in_parts", .required = true, .run = in_parts});
  Draft draft{.graph = graph, .parts = parts};
  for (const Pass& pass : passes) {
    if (skip.contains(std::string(pass.name))) continue;
    const Clock::time_point begin = Clock::now();
    pass.run(draft);
    const std::chrono::duration<double> taken = Clock::now() - begin;
    verify(draft);
    if (watch) watch(pass, draft, taken.count());
  }
  return draft;
}

void generate(Draft& draft) { draft.generates_code = true; }

std::vector<Group> single_groups(const Graph& graph) {
  const std::vector<char> live = find_live(graph);
  std::vector<Group> groups;
  for (NodeId id = 0; id < graph.size(); ++id)
    if (live[static_cast<std::size_t>(id)] && !is_leaf(graph.node(id))) groups.push_back({{id}});
  return groups;
}

bool computes(const Graph& graph, const Group& group, NodeId node) {
  return graph.node(node).op != &broadcast_op || group.nodes.size() == 1;
}

void verify(const Draft& draft) {
  verify(draft.graph);
  const std::vector<char> live = find_live(draft.graph);
  std::vector<char> ready(live.size(), 0);
  const auto is_ready = [&](NodeId id) -> char& { return ready[static_cast<std::size_t>(id)]; };
  for (NodeId id = 0; id < draft.graph.size(); ++id)
    if (is_leaf(draft.graph.node(id))) is_ready(id) = 1;
  for (const Group& group : draft.groups)
    for (const NodeId id : group.nodes) {
      for (const NodeId input : draft.graph.node(id).inputs)
        if (!is_ready(input))
          throw InternalError(fmt::format("%{} is computed before its operand %{}", id, input));
      is_ready(id) = 1;
    }
  for (std::size_t id = 0; id < live.size(); ++id)
    if (live[id] && !ready[id]) throw InternalError(fmt::format("%{} is never computed", id));
}

}  // namespace chainrule
