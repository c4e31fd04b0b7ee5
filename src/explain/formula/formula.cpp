#include "explain/formula/formula.h"

#include <algorithm>

#include "chainrule/error.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

std::vector<Expression> constants(const Node& node) {
  const auto& numbers = node.attributes.reals;
  const auto count = static_cast<std::size_t>(node.shape.size());
  if (numbers.size() == 1) return std::vector<Expression>(count, Expression(numbers[0]));
  return {numbers.begin(), numbers.end()};
}

bool same_computation(const Node& a, const Node& b) {
  return a.op == b.op && a.inputs == b.inputs && a.attributes == b.attributes;
}

}  // namespace

std::vector<Value> operands_of(Graph& graph, const Node& node) {
  std::vector<Value> operands;
  for (const NodeId input : node.inputs) operands.push_back(graph.value(input));
  return operands;
}

void Formulas::define(Value node, std::vector<Expression> elements) {
  formulas_[node.id()] = std::move(elements);
  defined_.push_back(node.id());
}

const std::vector<Expression>& Formulas::of(Value node) {
  const auto found = formulas_.find(node.id());
  if (found != formulas_.end()) return found->second;
  std::vector<Expression> formula = made(node);
  return formulas_[node.id()] = std::move(formula);
}

std::vector<Expression> Formulas::made(Value value) {
  const auto node = Node(value.node());  // a copy: opening a composite moves the nodes
  if (node.op == &constant_op) return constants(node);
  if (is_leaf(node)) throw InternalError("the page has no word for " + node.name);
  for (const NodeId id : defined_)
    if (same_computation(graph_->node(id), node)) return formulas_[id];
  const bool opaque = node.op->textbook == nullptr || node.op->kind == OpKind::composite ||
                      !node.op->notation.text.empty();
  if (opaque && is_elementwise_function(*node.op, node.attributes)) return elementwise(node);
  if (node.op->symbolic != nullptr) return moved(node);
  const auto open = manner_ == Manner::textbook && node.op->textbook != nullptr ? node.op->textbook
                                                                                : node.op->compose;
  if (open == nullptr) throw InternalError(std::string(node.op->name) + " has no formula");
  return of(open(operands_of(*graph_, node), node.attributes));
}

std::vector<Expression> Formulas::elementwise(const Node& node) {
  std::vector<const std::vector<Expression>*> x;
  for (const NodeId input : node.inputs) x.push_back(&of(graph_->value(input)));
  std::vector<Expression> y;
  for (std::size_t i = 0; i < static_cast<std::size_t>(node.shape.size()); ++i) {
    std::vector<Expression> operands;
    operands.reserve(x.size());
    for (const auto* operand : x) operands.push_back((*operand)[i]);
    y.push_back(readable(*node.op, std::move(operands), node.attributes));
  }
  return y;
}

// Runs the operation's loop over formulas.
std::vector<Expression> Formulas::moved(const Node& node) {
  std::vector<const Expression*> x;
  std::vector<Shape> shapes;
  for (const NodeId input : node.inputs) {
    x.push_back(of(graph_->value(input)).data());
    shapes.push_back(graph_->node(input).shape);
  }
  std::vector<Expression> y(static_cast<std::size_t>(node.shape.size()));
  node.op->symbolic({.x = x,
                     .x_shapes = shapes,
                     .y = y.data(),
                     .y_shape = node.shape,
                     .attributes = &node.attributes});
  return y;
}

bool is_elementwise_function(const Op& op, const Attributes& attributes) {
  if (op.kind != OpKind::composite) return op.kind == OpKind::elementwise;
  // One with whole numbers among its attributes works along axes, which this matrix may lack.
  if (op.shape == nullptr || op.arity != 1 || !attributes.ints.empty()) return false;
  Graph graph;
  const Value x = graph.input("x", {1, 2});
  if (op.shape(std::vector<Shape>{x.shape()}, attributes) != x.shape()) return false;
  op.compose(std::vector<Value>{x}, attributes);
  return std::ranges::all_of(graph.nodes(), [&](const Node& node) {
    // Only constants may be stretched; all else must stay in its place.
    const bool stretched =
        node.op == &broadcast_op && graph.node(node.inputs[0]).op == &constant_op;
    return is_leaf(node) || stretched || is_elementwise_function(*node.op, node.attributes);
  });
}

Expression definition(const Op& op, const Attributes& attributes, const std::string& symbol) {
  const Expression z(Quantity{.symbol = symbol});
  const auto open = op.textbook != nullptr ? op.textbook : op.compose;
  if (open == nullptr) return {op, {z}, attributes};
  Graph graph;
  const Value x = graph.input("x", {1, 1});
  Formulas formulas(graph);
  formulas.define(x, {z});
  return formulas.of(open(std::vector<Value>{x}, attributes))[0];
}

Expression sum_of(std::vector<Expression> terms) {
  if (terms.empty()) return 0.0;
  return terms.size() == 1 ? terms[0] : Expression(add_op, std::move(terms));
}

Expression readable(const Op& op, std::vector<Expression> operands, const Attributes& attributes) {
  return simplified(op, std::move(operands), attributes, Identity::Holds::finite);
}

Expression replaced(const Expression& in, const Expression& from, const Expression& to) {
  if (in == from) return to;
  if (in.op() == nullptr) return in;
  std::vector<Expression> operands;
  for (const Expression& operand : in.operands()) operands.push_back(replaced(operand, from, to));
  return readable(*in.op(), std::move(operands), in.attributes());
}

void for_each_quantity(const Expression& expression,
                       const std::function<void(const Quantity&)>& visit) {
  if (expression.quantity() != nullptr) visit(*expression.quantity());
  for (const Expression& operand : expression.operands()) for_each_quantity(operand, visit);
}

}  // namespace chainrule::page
