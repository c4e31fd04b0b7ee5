#include "chainrule/graph.h"

#include <algorithm>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "graph/op.h"

namespace chainrule {

constinit const Op input_op{
    .name = "input", .summary = "Given anew for every run.", .kind = OpKind::leaf, .arity = 0};
constinit const Op variable_op{
    .name = "variable", .summary = "Kept from run to run.", .kind = OpKind::leaf, .arity = 0};
constinit const Op constant_op{.name = "constant",
                               .summary = "The same in every run; one value, or one per element.",
                               .kind = OpKind::leaf,
                               .arity = 0,
                               .attribute_names = "value"};

const Node& Value::node() const { return graph_->node(id_); }
const Shape& Value::shape() const { return node().shape; }

Shape infer_shape(const Op& op, std::span<const Shape> x, const Attributes& attributes) {
  if (op.arity >= 0 && static_cast<int>(x.size()) != op.arity)
    throw UsageError(fmt::format("{} takes {} operands, got {}", op.name, op.arity, x.size()));
  if (op.shape != nullptr) return op.shape(x, attributes);
  for (const Shape& operand : x)
    if (operand != x[0])
      throw UsageError(fmt::format("{} needs operands of one shape, got {} and {}", op.name,
                                   x[0].to_string(), operand.to_string()));
  return x[0];
}

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::forward:
      return "forward";
    case Phase::input_gradient:
      return "input gradient";
    case Phase::weight_gradient:
      return "weight gradient";
    case Phase::update:
      return "update";
  }
  return "";
}

NodeId Graph::append(Node node) {
  node.origin = origin_;
  nodes_.push_back(std::move(node));
  return static_cast<NodeId>(nodes_.size() - 1);
}

void Graph::require_free(const std::string& name) const {
  if (name.empty()) throw UsageError("a name must not be empty");
  if (find(name)) throw UsageError(fmt::format("the name {} is taken in this graph", name));
}

void Graph::require_own(Value value, std::string_view user) const {
  if (!value || &value.graph() != this)
    throw UsageError(fmt::format("{}: a value belongs to another graph", user));
}

Value Graph::input(std::string name, Shape shape) {
  require_free(name);
  return {*this, append({.op = &input_op, .shape = shape, .name = std::move(name)})};
}

Value Graph::variable(std::string name, Shape shape) {
  require_free(name);
  return {*this, append({.op = &variable_op, .shape = shape, .name = std::move(name)})};
}

Value Graph::constant(double value, Shape shape) {
  return {*this, append({.op = &constant_op, .attributes = {.reals = {value}}, .shape = shape})};
}

Value Graph::constant(const DoubleTensor& tensor) {
  return {
      *this,
      append({.op = &constant_op, .attributes = {.reals = tensor.values}, .shape = tensor.shape})};
}

Value Graph::apply(const Op& op, std::span<const Value> operands, Attributes attributes) {
  std::vector<Shape> shapes;
  std::vector<NodeId> inputs;
  for (const Value& operand : operands) {
    require_own(operand, op.name);
    shapes.push_back(operand.shape());
    inputs.push_back(operand.id());
  }
  const Shape shape = infer_shape(op, shapes, attributes);
  return {*this, append({.op = &op,
                         .inputs = std::move(inputs),
                         .attributes = std::move(attributes),
                         .shape = shape})};
}

Value Graph::name(Value value, std::string name) {
  require_own(value, name);
  require_free(name);
  nodes_[static_cast<std::size_t>(value.id())].name = std::move(name);
  return value;
}

Origin Graph::enter(Origin origin) { return std::exchange(origin_, std::move(origin)); }

void Graph::assign(Value value, Origin origin) {
  require_own(value, "assign");
  nodes_[static_cast<std::size_t>(value.id())].origin = std::move(origin);
}

void Graph::output(std::string name, Value value) {
  require_own(value, name);
  if (std::ranges::find(outputs_, name, &Output::name) != outputs_.end())
    throw UsageError(fmt::format("this graph has an output {} already", name));
  outputs_.push_back({std::move(name), value.id()});
}

void Graph::update(Value variable, Value next_value) {
  require_own(variable, "update");
  require_own(next_value, "update");
  if (variable.node().op != &variable_op)
    throw UsageError(
        fmt::format("update: %{} is no variable; only variables keep a value", variable.id()));
  if (std::ranges::find(updates_, variable.id(), &Update::variable) != updates_.end())
    throw UsageError(fmt::format("update: {} has a next value already", variable.node().name));
  if (variable.shape() != next_value.shape())
    throw UsageError(fmt::format("{} has shape {}, its next value {}", variable.node().name,
                                 variable.shape().to_string(), next_value.shape().to_string()));
  updates_.push_back({variable.id(), next_value.id()});
}

std::optional<NodeId> Graph::find(std::string_view name) const {
  if (name.empty()) return std::nullopt;
  const auto found = std::ranges::find(nodes_, name, &Node::name);
  if (found == nodes_.end()) return std::nullopt;
  return static_cast<NodeId>(found - nodes_.begin());
}

}  // namespace chainrule
