#include "train/signs/activity.h"

#include <algorithm>

#include "chainrule/ops.h"
#include "graph/op.h"
#include "nn/place.h"

namespace chainrule {
namespace {

constexpr std::int64_t least_batch = 64;  // of rows, if there are as many; few more, since
                                          // pictures' layers are large

// All axes but that of the units. Members share a unit's weights, which learn as long as it is on
// for one of them.
std::vector<std::int64_t> axes_beside_units(const Shape& h) {
  std::vector<std::int64_t> axes;
  for (int axis = 0; axis < h.rank(); ++axis)
    if (axis != nn::feature_axis(h)) axes.push_back(axis);
  return axes;
}

// The derivative as a share of its largest, from the activation's own value; empty for others.
Value share_passed(std::string_view op, Value h) {
  if (op == "relu") return greater(h, 0);
  if (op == "tanh") return 1 - h * h;
  if (op == "sigmoid") return 4 * h * (1 - h);
  return {};
}

std::vector<LayerActivity> watch(Graph& graph, const Model& model, std::int64_t batch) {
  const Value x = graph.input("x", nn::input_shape(model.network(), model.row().batch(batch)));
  const nn::Traced traced =
      nn::trace(model.network(), x, model.options().seed, {.has_first_values = false});
  std::vector<NodeId> outputs{traced.output.id()};
  for (const nn::TracedOutput& output : traced.outputs) outputs.push_back(output.output.id());
  std::vector<LayerActivity> watched;
  const NodeId last = static_cast<NodeId>(graph.size());
  for (NodeId id = 0; id < last; ++id) {
    const Node& node = graph.node(id);
    if (node.name.empty() || std::ranges::find(outputs, id) != outputs.end()) continue;
    const bool is_relu = node.op->name == "relu";
    const std::string layer = node.origin.layer, name = node.name;
    const Value passed = share_passed(node.op->name, graph.value(id));
    if (!passed) continue;
    graph.output(name, mean(passed, axes_beside_units(graph.value(id).shape())));
    watched.push_back({layer, name, is_relu});
  }
  return watched;
}

}  // namespace

std::vector<std::int64_t> some_rows(const data::Part& part, std::int64_t most) {
  const std::int64_t count = std::min(part.size(), most);
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < count; ++i)
    rows.push_back(part.rows[static_cast<std::size_t>(i * part.size() / count)]);
  return rows;
}

std::vector<LayerActivity> activity(Model& model, const data::Dataset& data,
                                    std::span<const std::int64_t> rows, std::int64_t& looked_at) {
  const auto count = static_cast<std::int64_t>(rows.size());
  const std::int64_t batches = std::max<std::int64_t>(1, count / least_batch),
                     batch = count / batches;
  looked_at = 0;
  if (batch == 0) return {};
  Graph graph;
  std::vector<LayerActivity> layers = watch(graph, model, batch);
  if (layers.empty()) return {};
  // It runs a few times, which is not worth code of its own.
  Program program(graph, model.session(), {.skip = {"generate"}});
  for (; looked_at < batches * batch; looked_at += batch) {
    data.gather(rows.subspan(static_cast<std::size_t>(looked_at), static_cast<std::size_t>(batch)),
                program.input("x").data(), nullptr);
    program.run();
    for (LayerActivity& layer : layers) {
      const std::span<const float> passed = program.output(layer.node);
      layer.passed.resize(passed.size());
      for (std::size_t u = 0; u < passed.size(); ++u)
        layer.passed[u] += static_cast<double>(passed[u]) / static_cast<double>(batches);
    }
  }
  return layers;
}

}  // namespace chainrule
