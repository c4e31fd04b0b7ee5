#include "explain/expression/worked_line.h"

#include <algorithm>
#include <cmath>

#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "explain/formula/elements.h"
#include "explain/formula/formula.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

using NodeOf = std::function<Value(const std::string& symbol)>;

Value traced_formula(Graph& graph, const Expression& formula, const NodeOf& node_of) {
  if (formula.quantity() != nullptr) return node_of(formula.quantity()->symbol);
  if (formula.op() == nullptr) return graph.constant(formula.constant());
  std::vector<Value> operands;
  for (const Expression& operand : formula.operands())
    operands.push_back(traced_formula(graph, operand, node_of));
  return graph.apply(*formula.op(), operands, formula.attributes());
}

// A value that is nothing but another one or a number, as a node of its own.
Value own_node(Graph& graph, const Expression& formula, Value value) {
  return formula.op() == nullptr ? value * graph.constant(1.0) : value;
}

bool is_softmax(const Statement& statement) { return statement.formula.op() == &softmax_op; }

// Of one number: the derivative's formula as people write it.
Line local_line(Elements& elements, Value derivative, const std::string& symbol) {
  const Expression formula = tidy(elements.formula({derivative.id(), 0}));
  const double value = elements.value({derivative.id(), 0});
  const bool is_given =
      formula.is_constant() || (formula.quantity() != nullptr && formula.quantity()->given);
  return {{.symbol = symbol,
           .value = value,
           .given = is_given || is_whole(value),
           .role = Role::gradient},
          formula};
}

}  // namespace

bool is_whole(double value) { return value == std::round(value) && std::abs(value) < 1e6; }

std::string derivative_symbol(const std::string& of, const std::string& by) {
  return "d" + of + "/d" + by;
}

std::vector<Value> traced(Graph& graph, const Statement& statement, const NodeOf& node_of) {
  if (!is_softmax(statement))
    return {own_node(graph, statement.formula, traced_formula(graph, statement.formula, node_of))};
  std::vector<Value> scores, made;
  for (const Expression& score : statement.formula.operands())
    scores.push_back(reshape(traced_formula(graph, score, node_of), {1}));
  const Value all = softmax(concatenate(scores, 0));
  for (std::int64_t i = 0; i < all.dim(0); ++i)
    made.push_back(reshape(slice(all, {i}, {i + 1}), {}));
  return made;
}

WorkedLine worked_line(const Statement& statement, const QuantityOf& quantity_of) {
  WorkedLine line;
  for_each_quantity(statement.formula, [&](const Quantity& used) {
    if (std::ranges::find(line.uses, used.symbol) == line.uses.end())
      line.uses.push_back(used.symbol);
  });
  Graph graph;
  Feeds feeds;
  std::vector<Value> operands;
  for (const std::string& symbol : line.uses) {
    operands.push_back(graph.input(symbol, {}));
    feeds[symbol] = {{}, {quantity_of(symbol).value}};
  }
  const std::vector<Value> made = traced(graph, statement, [&](const std::string& symbol) {
    return graph.value(*graph.find(symbol));
  });
  std::vector<std::vector<Value>> derivatives;
  derivatives.reserve(made.size());
  for (const Value value : made) derivatives.push_back(gradient(value, operands));

  Elements elements(graph, evaluate(graph, feeds));
  for (std::size_t i = 0; i < operands.size(); ++i)
    elements.name(operands[i], std::vector<Quantity>{quantity_of(line.uses[i])});
  for (std::size_t i = 0; i < made.size(); ++i) {
    const Quantity value = quantity_of(statement.made[i]);
    line.made.push_back({value, elements.formula({made[i].id(), 0})});
  }
  // Derivatives may be told in terms of the line's own values: a sigmoid's is o (1 - o).
  std::vector<Quantity> values;
  for (const std::string& symbol : statement.made) values.push_back(quantity_of(symbol));
  if (is_softmax(statement)) {
    const Node& number = graph.node(graph.node(made[0].id()).inputs[0]);  // a slice of all
    elements.name(graph.value(number.inputs[0]), values);
  } else if (statement.formula.op() != nullptr) {
    elements.name(made[0], values);
  }
  for (std::size_t i = 0; i < made.size(); ++i) {
    line.locals.emplace_back();
    for (std::size_t j = 0; j < operands.size(); ++j)
      line.locals[i].push_back(local_line(elements, derivatives[i][j],
                                          derivative_symbol(statement.made[i], line.uses[j])));
  }
  return line;
}

}  // namespace chainrule::page
