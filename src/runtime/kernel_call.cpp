#include "runtime/kernel_call.h"

#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compile/chains.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

constexpr double bytes_per_number = 4;

double numbers_in(const Node& node) { return static_cast<double>(node.shape.size()); }

std::string names_of(const Graph& graph, const Group& group) {
  std::vector<std::string> parts;
  for (const NodeId id : group.nodes) {
    const Node& node = graph.node(id);
    parts.push_back(node.name.empty() ? std::string(node.op->name)
                                      : fmt::format("{}={}", node.name, node.op->name));
  }
  return fmt::format("{} {}", graph.node(group.nodes.back()).shape.to_string(),
                     fmt::join(parts, " "));
}

// Of A [m, k] or, transposed, [k, m], and C [m, n].
double matmul_flops(const Graph& graph, const Node& node) {
  const Shape& a = graph.node(node.inputs[0]).shape;
  const bool is_transposed = !node.attributes.ints.empty() && node.attributes.ints[0] != 0;
  const auto k = static_cast<double>(a[a.rank() - (is_transposed ? 2 : 1)]);
  return 2 * k * numbers_in(node);
}

double product_flops(const Graph& graph, const Node& node) {
  const auto operand = [&](std::size_t i) -> const Node& { return graph.node(node.inputs[i]); };
  if (node.op == &matmul_op) return matmul_flops(graph, node);
  // Each number of a convolution's result meets each number of a window, forward and backward.
  const auto with_windows = [](const Node& result, std::int64_t numbers) {
    return 2 * numbers_in(result) * static_cast<double>(numbers);
  };
  if (node.op == &convolve_op) return with_windows(node, operand(1).shape[0]);
  if (node.op == &filter_gradient_op) return with_windows(operand(1), node.shape[0]);
  if (node.op == &image_gradient_op) return with_windows(operand(0), operand(1).shape[0]);
  return 0;
}

// Moving numbers about counts as none.
double other_flops(const Graph& graph, const Node& node) {
  if (is_elementwise(node)) return numbers_in(node);
  const bool reduces = node.op == &sum_op || node.op == &max_op;
  return reduces ? numbers_in(graph.node(node.inputs[0])) : 0;
}

// What of a table is touched: as many rows as are named, read and written, and what they lose.
double bytes_at_rows(const Graph& graph, const Node& node) {
  return 3 * bytes_per_number * numbers_in(graph.node(node.inputs[2]));
}

// Results that stay within the group are in no memory.
double bytes_moved(const Draft& draft, const Group& group) {
  const Node& first = draft.graph.node(group.nodes.front());
  if (first.op == &subtract_rows_op) return bytes_at_rows(draft.graph, first);
  std::set<NodeId> read;
  const std::set<NodeId> own(group.nodes.begin(), group.nodes.end());
  double numbers = 0;
  for (const NodeId id : group.nodes) {
    const Node& node = draft.graph.node(id);
    read.insert(node.inputs.begin(), node.inputs.end());
    if (computes(draft.graph, group, id) && draft.buffer_of[static_cast<std::size_t>(id)] >= 0)
      numbers += numbers_in(node);
  }
  for (const NodeId id : read)
    if (!own.contains(id)) numbers += numbers_in(draft.graph.node(id));
  return bytes_per_number * numbers;
}

// What the optimizer itself declared is its memory; any other variable is a parameter.
double bytes_of_update(const Graph& graph, const Update& update) {
  const Node& variable = graph.node(update.variable);
  const int passes = variable.origin.phase == Phase::update ? 2 : 3;
  return bytes_per_number * passes * numbers_in(variable);
}

// By the node that a variable takes its next value from.
using Updates = std::multimap<NodeId, Update>;

KernelCall describe_group(const Draft& draft, const Group& group, const Updates& updates) {
  const Graph& graph = draft.graph;
  const Node &root = graph.node(group.nodes.front()), &last = graph.node(group.nodes.back());
  const bool has_root = root_of(graph, group) >= 0;
  KernelCall call{.what = names_of(graph, group),
                  .origin = has_root ? root.origin : last.origin,
                  .shape = last.shape,
                  .bytes = bytes_moved(draft, group)};
  if (has_root)
    for (const NodeId input : root.inputs) call.operands.push_back(graph.node(input).shape);
  for (const NodeId id : group.nodes) {
    const Node& node = graph.node(id);
    const double product = product_flops(graph, node);
    call.product_flops += product;
    call.flops += product + other_flops(graph, node);
    for (auto [at, end] = updates.equal_range(id); at != end; ++at) {
      call.updates = true;
      call.update_bytes += node.op == &subtract_rows_op ? bytes_at_rows(graph, node)
                                                        : bytes_of_update(graph, at->second);
    }
  }
  return call;
}

}  // namespace

std::vector<KernelCall> describe(const Draft& draft) {
  Updates updates;
  for (const Update& update : draft.graph.updates()) updates.emplace(update.value, update);
  std::vector<KernelCall> calls;
  for (const Group& group : draft.groups) calls.push_back(describe_group(draft, group, updates));
  return calls;
}

KernelCall describe_all(const Draft& draft) {
  KernelCall all{.is_whole_program = true};
  for (const KernelCall& call : describe(draft)) {
    all.updates |= call.updates;
    all.product_flops += call.product_flops;
    all.flops += call.flops;
    all.bytes += call.bytes;
    all.update_bytes += call.update_bytes;
  }
  return all;
}

}  // namespace chainrule
