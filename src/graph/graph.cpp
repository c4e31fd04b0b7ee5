#include "chainrule/graph.h"

#include <algorithm>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "graph/op.h"
#include "tensor/whole.h"

namespace chainrule {

constinit const Op input_op{
    .name = "input",
    .summary = {"Given anew for every run.", "실행마다 새로 주는 값입니다."},
    .kind = OpKind::leaf,
    .arity = 0};
constinit const Op variable_op{.name = "variable",
                               .summary = {"Kept from run to run.", "실행이 끝나도 남는 값입니다."},
                               .kind = OpKind::leaf,
                               .arity = 0};
constinit const Op constant_op{.name = "constant",
                               .summary = {"The same in every run; one value, or one per element.",
                                           "늘 같은 값입니다. 하나이거나 성분마다 하나입니다."},
                               .kind = OpKind::leaf,
                               .arity = 0,
                               .attribute_names = "value"};

bool operator==(const Attributes& a, const Attributes& b) {
  return a.ints == b.ints && std::ranges::equal(a.reals, b.reals, {}, bits_of, bits_of);
}

const Node& Value::node() const { return graph().node(id_); }
const Shape& Value::shape() const { return node().shape; }

void Value::refuse_empty() {
  throw UsageError(
      "an empty Value was given where a node of a graph is needed; give a value that an input, a "
      "variable or an operation has made");
}

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

const Identity* find_identity(const Op& op, std::size_t operand, double number,
                              Identity::Holds holds) {
  for (const Identity& identity : op.identities) {
    if (identity.operand != operand) continue;
    const bool same = bits_of(identity.number) == bits_of(number);
    if (same && identity.holds == Identity::Holds::to_the_bit) return &identity;
    // Among finite numbers -0 is 0.
    if (holds == Identity::Holds::finite && identity.number == number) return &identity;
  }
  return nullptr;
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
  if (!node.name.empty()) named_.emplace(node.name, static_cast<NodeId>(nodes_.size()));
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
  require_whole(tensor);
  return {
      *this,
      append({.op = &constant_op, .attributes = {.reals = tensor.values}, .shape = tensor.shape})};
}

Value Graph::apply(const Op& op, std::span<const Value> operands, Attributes attributes) {
  std::vector<Shape> shapes;
  std::vector<NodeId> inputs;
  shapes.reserve(operands.size());
  inputs.reserve(operands.size());
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
  std::string& own = nodes_[static_cast<std::size_t>(value.id())].name;
  if (!own.empty()) named_.erase(own);
  named_.emplace(name, value.id());
  own = std::move(name);
  return value;
}

Origin Graph::enter(Origin origin) { return std::exchange(origin_, std::move(origin)); }

void Graph::assign(Value value, Origin origin) {
  require_own(value, "assign");
  nodes_[static_cast<std::size_t>(value.id())].origin = std::move(origin);
}

void Graph::output(std::string name, Value value) {
  require_own(value, name);
  if (!output_names_.insert(name).second)
    throw UsageError(fmt::format("this graph has an output {} already", name));
  outputs_.push_back({std::move(name), value.id()});
}

void Graph::update(Value variable, Value next_value) {
  require_own(variable, "update");
  require_own(next_value, "update");
  if (variable.node().op != &variable_op)
    throw UsageError(
        fmt::format("update: %{} is no variable; only variables keep a value", variable.id()));
  if (updated_.contains(variable.id()))
    throw UsageError(fmt::format("update: {} has a next value already", variable.node().name));
  if (variable.shape() != next_value.shape())
    throw UsageError(fmt::format("{} has shape {}, its next value {}", variable.node().name,
                                 variable.shape().to_string(), next_value.shape().to_string()));
  updated_.insert(variable.id());
  updates_.push_back({variable.id(), next_value.id()});
}

void Graph::require_at_least(Value leaf, double least, std::string why) {
  require_own(leaf, "require_at_least");
  const Node& node = leaf.node();
  if (!is_leaf(node) || node.shape.size() != 1)
    throw UsageError(fmt::format("require_at_least: %{} must be a leaf of one element", leaf.id()));
  const Bound bound{leaf.id(), least, std::move(why)};
  if (node.op == &constant_op)
    require_holds(bound, "the constant", node.attributes.reals[0]);
  else
    bounds_.push_back(bound);
}

void require_holds(const Bound& bound, std::string_view name, double value) {
  if (!(value >= bound.least))
    throw UsageError(
        fmt::format("{} is {}; it must be at least {}: {}", name, value, bound.least, bound.why));
}

std::optional<NodeId> Graph::find(std::string_view name) const {
  const auto found = named_.find(name);
  if (found == named_.end()) return std::nullopt;
  return found->second;
}

}  // namespace chainrule
