#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/graph.h"
#include "graph/op.h"

namespace chainrule {
namespace {

void require(bool holds, NodeId id, std::string_view rule) {
  if (!holds) throw InternalError(fmt::format("graph node %{}: {}", id, rule));
}

void verify_leaf(const Node& node, NodeId id) {
  require(node.inputs.empty(), id, "a leaf has no operands");
  if (node.op == &constant_op) {
    const auto count = static_cast<std::int64_t>(node.attributes.reals.size());
    require(count == 1 || count == node.shape.size(), id,
            "a constant has one value, or one per element");
  } else {
    require(!node.name.empty(), id, "an input or variable has a name");
  }
}

// `shapes` is room for those of the operands.
void verify_operation(const Graph& graph, const Node& node, NodeId id, std::vector<Shape>& shapes) {
  shapes.clear();
  for (const NodeId input : node.inputs) {
    require(input >= 0 && input < id, id, "operands come before their users");
    shapes.push_back(graph.node(input).shape);
  }
  Shape expected;
  try {
    expected = infer_shape(*node.op, shapes, node.attributes);
  } catch (const UsageError& error) {
    require(false, id, error.what());
  }
  require(expected == node.shape, id, "the shape is the one that the record gives");
}

}  // namespace

void verify(const Graph& graph) {
  std::unordered_set<std::string_view> names;
  std::vector<Shape> shapes;
  const auto exists = [&](NodeId id) { return id >= 0 && id < graph.size(); };
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    require(node.op != nullptr, id, "every node has an operation");
    if (is_leaf(node))
      verify_leaf(node, id);
    else
      verify_operation(graph, node, id, shapes);
    require(node.name.empty() || names.insert(node.name).second, id, "names are unique");
  }
  std::unordered_set<std::string_view> output_names;
  for (const Output& output : graph.outputs()) {
    require(exists(output.node), output.node, "an output names a node of the graph");
    require(output_names.insert(output.name).second, output.node, "output names are unique");
  }
  std::unordered_set<NodeId> updated;
  for (const Update& update : graph.updates()) {
    require(exists(update.variable) && exists(update.value), update.value,
            "an update names nodes of the graph");
    require(graph.node(update.variable).op == &variable_op, update.variable,
            "only variables are updated");
    require(graph.node(update.variable).shape == graph.node(update.value).shape, update.value,
            "an update keeps the variable's shape");
    require(updated.insert(update.variable).second, update.variable, "a variable is updated once");
  }
}

}  // namespace chainrule
