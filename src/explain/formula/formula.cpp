#include "explain/formula/formula.h"

#include <algorithm>
#include <cmath>

#include "explain/formula/elements.h"
#include "ops/op_list.h"

namespace chainrule::page {
std::vector<Value> operands_of(Graph& graph, const Node& node) {
  std::vector<Value> operands;
  for (const NodeId input : node.inputs) operands.push_back(graph.value(input));
  return operands;
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
  Elements elements(graph, {});
  elements.name(x, {*z.quantity()});
  return elements.formula({open(std::vector<Value>{x}, attributes).id(), 0});
}

Expression tidy(const Expression& expression, const std::vector<Quantity>& targets) {
  Expression short_form = tidy(expression);
  const Expression total = sum_of({targets.begin(), targets.end()});
  if (targets.size() < 2 || std::abs(evaluate(total) - 1.0) > 1e-12) return short_form;
  return tidy(replaced(short_form, total, 1.0));
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
