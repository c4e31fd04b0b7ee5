// What is done with formulas: as people write them, and in letters.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "chainrule/graph.h"
#include "ops/expression.h"

namespace chainrule::page {

std::vector<Value> operands_of(Graph& graph, const Node& node);

// Whether element i of op(x) depends on element i of x alone.
bool is_elementwise_function(const Op& op, const Attributes& attributes);

// How an activation is defined, in terms of a quantity of this symbol; the plain application if the
// record says no more.
Expression definition(const Op& op, const Attributes& attributes, const std::string& symbol);

// A sum or a difference?
bool is_sum(const Expression& expression);

// The same value in the form in which people write it: -(0.5 e + 0.5 e) with e = t - o is o - t.
Expression tidy(const Expression& expression);
// The same, and where a sample's targets are a distribution, their sum is 1.
Expression tidy(const Expression& expression, const std::vector<Quantity>& targets);

// The terms added up, as many as there are; a negated one is written as taken away.
Expression sum_of(std::vector<Expression> terms);

// op(operands) for a reader, to whom x + 0 is x and 0 x is 0.
Expression readable(const Op& op, std::vector<Expression> operands,
                    const Attributes& attributes = {});

Expression replaced(const Expression& in, const Expression& from, const Expression& to);

// Calls visit for every quantity in the expression, from left to right.
void for_each_quantity(const Expression& expression,
                       const std::function<void(const Quantity&)>& visit);

// How quantities and constants look; the binding says how tightly the text holds together, as in
// Notation.
struct Piece {
  std::string text;
  int binding = 4;
};
struct Pen {
  bool latex = false;
  std::function<Piece(const Quantity&)> quantity;
};
std::string write(const Expression& expression, const Pen& pen);

// A constant of a formula: the shortest form, 1/3 for 0.3333333333333333.
Piece write_constant(double constant, bool latex);
// Whether the shortest form has few digits, so that rounding it would only hide what it is.
bool is_short(double number);

}  // namespace chainrule::page
