#include <fmt/format.h>
#include <fmt/ranges.h>

#include "chainrule/graph.h"
#include "graph/op.h"

namespace chainrule {
namespace {

std::string operands_and_attributes(const Node& node) {
  std::vector<std::string> parts;
  for (const NodeId input : node.inputs) parts.push_back(fmt::format("%{}", input));
  const Attributes& attributes = node.attributes;
  // "seed and stream; rate": where there are both, the whole numbers' names come first.
  std::string_view int_names = node.op->attribute_names, real_names = int_names;
  if (const auto split = int_names.find("; "); split != int_names.npos) {
    real_names.remove_prefix(split + 2);
    int_names = int_names.substr(0, split);
  }
  if (!attributes.ints.empty())
    parts.push_back(fmt::format("{}=[{}]", int_names, fmt::join(attributes.ints, ", ")));
  if (attributes.reals.size() == 1)
    parts.push_back(fmt::format("{}={}", real_names, attributes.reals[0]));
  if (attributes.reals.size() > 1)
    parts.push_back(fmt::format("{} numbers", attributes.reals.size()));
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::string print(const Graph& graph) {
  std::string text;
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    text += fmt::format("%{}{}{} = {}({}) : {}\n", id, node.name.empty() ? "" : " ", node.name,
                        node.op->name, operands_and_attributes(node), node.shape.to_string());
  }
  for (const Output& output : graph.outputs())
    text += fmt::format("output {} = %{}\n", output.name, output.node);
  for (const Update& update : graph.updates())
    text += fmt::format("update {} = %{}\n", graph.node(update.variable).name, update.value);
  return text;
}

}  // namespace chainrule
