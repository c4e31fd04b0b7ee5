#include "explain/formula/elements.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "explain/formula/formula.h"
#include "ops/op_list.h"
#include "runtime/reference.h"
#include "tensor/index_text.h"

namespace chainrule::page {
namespace {

std::string symbol_of(const std::string& name, const std::string& indices, Role role) {
  switch (role) {
    case Role::gradient:
      return "dE/d" + name + indices;
    case Role::next:
      return name + indices + "+";
    default:
      return name + indices;
  }
}

}  // namespace

void Elements::name(Value node, std::string name, Role role) {
  names_[node.id()] = {std::move(name), role};
}

void Elements::name(Value node, std::vector<Quantity> numbers) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i].element = {node.id(), static_cast<std::int64_t>(i)};
  names_[node.id()] = {.numbers = std::move(numbers)};
}

// The named node that computes the same, if there is one.
NodeId Elements::known(NodeId id) const {
  if (names_.contains(id)) return id;
  const Node& node = graph_->node(id);
  if (node.inputs.empty()) return id;
  for (const auto& [named, naming] : names_) {
    const Node& other = graph_->node(named);
    if (other.op == node.op && other.inputs == node.inputs && other.attributes == node.attributes)
      return named;
  }
  return id;
}

// Nodes that were appended since the values were computed get theirs when they are asked for.
const DoubleTensor& Elements::values(NodeId id) {
  const auto index = static_cast<std::size_t>(id);
  if (index >= values_.size()) values_.resize(static_cast<std::size_t>(graph_->size()));
  const Node& node = graph_->node(id);
  if (values_[index].values.empty() && node.shape.size() > 0) {
    for (const NodeId input : node.inputs) values(input);
    std::vector<const DoubleTensor*> x;
    for (const NodeId input : node.inputs) x.push_back(&values_[static_cast<std::size_t>(input)]);
    values_[index] = evaluate_node(node, x);
  }
  return values_[index];
}

double Elements::value(Element element) {
  return values(element.node).values[static_cast<std::size_t>(element.index)];
}

Quantity Elements::quantity(Element element) {
  const auto& [name, role, numbers] = names_.at(element.node);
  if (!numbers.empty()) return numbers[static_cast<std::size_t>(element.index)];
  const std::string indices = index_text(graph_->node(element.node).shape, element.index);
  const double number = value(element);
  // 0 and 1 need no decimals.
  const bool is_whole = number == std::round(number) && std::abs(number) < 1e6;
  return {symbol_of(name, indices, role), number, is_whole, element, role};
}

Quantity Elements::whole(NodeId node) {
  const auto& [name, role, numbers] = names_.at(node);
  return {.symbol = symbol_of(name, "", role)};
}

Expression Elements::operand(Element element) {
  const NodeId id = known(element.node);
  if (names_.contains(id)) return Expression(quantity({id, element.index}));
  return formula({id, element.index});
}

Expression Elements::formula(Element element) {
  const auto node =
      Node(graph_->node(element.node));  // a copy: opening a composite moves the nodes
  if (node.op == &constant_op) {
    const std::vector<double>& numbers = node.attributes.reals;
    return numbers[numbers.size() == 1 ? 0 : static_cast<std::size_t>(element.index)];
  }
  if (is_leaf(node)) {
    if (names_.contains(element.node)) return Expression(quantity(element));
    throw InternalError("the story has no word for " + node.name);
  }
  if (node.op == &add_op) return added_up(node, element.index);
  const bool opaque = node.op->textbook == nullptr || node.op->kind == OpKind::composite ||
                      !node.op->notation.text.empty();
  if (opaque && is_elementwise_function(*node.op, node.attributes))
    return elementwise(node, element.index);
  if (node.op->symbolic != nullptr || node.op->selecting != nullptr)
    return looped(node, element.index);
  if (node.op->textbook == nullptr && node.op->compose == nullptr) {
    const std::string& layer = node.origin.layer;
    name(graph_->value(element.node),
         (layer.empty() ? "" : layer + ".") + std::string(node.op->name));
    return Expression(quantity(element));  // a random number: it is what it is
  }
  return operand({opened(element.node), element.index});
}

std::vector<Expression> Elements::formulas(Value node) {
  std::vector<Expression> all;
  for (std::int64_t i = 0; i < node.shape().size(); ++i) all.push_back(formula({node.id(), i}));
  return all;
}

// The node that a composite's composition ends in; once for all of its elements.
NodeId Elements::opened(NodeId id) {
  const auto [place, is_new] = opened_.try_emplace(id, id);
  if (is_new) {
    const auto node = Node(graph_->node(id));  // a copy, as above
    const OriginScope scope(*graph_, node.origin);
    const bool by_book = manner_ == Manner::textbook && node.op->textbook != nullptr;
    const auto open = by_book ? node.op->textbook : node.op->compose;
    place->second = open(operands_of(*graph_, node), node.attributes).id();
  }
  return place->second;
}

// a + b + c + ... as one sum, however long the chain of additions is.
Expression Elements::added_up(const Node& node, std::int64_t index) {
  std::vector<NodeId> terms{node.inputs[1]};
  NodeId first = known(node.inputs[0]);
  while (graph_->node(first).op == &add_op && !names_.contains(first)) {
    terms.push_back(graph_->node(first).inputs[1]);
    first = known(graph_->node(first).inputs[0]);
  }
  Expression sum = operand({first, index});
  while (!terms.empty()) {
    sum += operand({terms.back(), index});
    terms.pop_back();
  }
  return sum;
}

Expression Elements::elementwise(const Node& node, std::int64_t index) {
  std::vector<Expression> operands;
  for (const NodeId input : node.inputs) operands.push_back(operand({input, index}));
  return readable(*node.op, std::move(operands), node.attributes);
}

const std::vector<Expression>& Elements::places(std::size_t operand, std::int64_t count) {
  if (places_.size() <= operand) places_.resize(operand + 1);
  std::vector<Expression>& list = places_[operand];
  for (auto i = static_cast<std::int64_t>(list.size()); i < count; ++i)
    list.emplace_back(Quantity{.element = {.node = static_cast<NodeId>(operand), .index = i}});
  return list;
}

// The operation's own loop, over places in place of numbers; then what stands in the places.
Expression Elements::looped(const Node& node, std::int64_t index) {
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    shapes.push_back(graph_->node(node.inputs[i]).shape);
    places(i, shapes.back().size());
  }
  std::vector<std::vector<Expression>> constants(node.inputs.size());
  std::vector<const Expression*> x;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const bool selects =
        node.op->selecting != nullptr && ((node.op->check.differentiable >> i) & 1) == 0;
    if (selects)
      for (const double number : values(node.inputs[i]).values) constants[i].emplace_back(number);
    x.push_back(selects ? constants[i].data() : places_[i].data());
  }
  const auto size = static_cast<std::size_t>(node.shape.size());
  if (results_.size() < size) results_.resize(size);
  const auto loop = node.op->symbolic != nullptr ? node.op->symbolic : node.op->selecting;
  loop({.x = x,
        .x_shapes = shapes,
        .y = results_.data(),
        .y_shape = node.shape,
        .attributes = &node.attributes,
        .only = index});
  const Expression formula = std::exchange(results_[static_cast<std::size_t>(index)], Expression());
  return filled_in(formula, node);
}

Expression Elements::filled_in(const Expression& formula, const Node& node) {
  if (const Quantity* place = formula.quantity()) {
    const auto& [which, index] = place->element;
    return operand({node.inputs[static_cast<std::size_t>(which)], index});
  }
  if (formula.op() == nullptr) return formula;
  std::vector<Expression> operands;
  for (const Expression& operand : formula.operands()) operands.push_back(filled_in(operand, node));
  return readable(*formula.op(), std::move(operands), formula.attributes());
}

}  // namespace chainrule::page
