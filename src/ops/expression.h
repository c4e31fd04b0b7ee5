// A formula as a tree. Loops that are templates over their number type run over expressions too:
// what comes out is how each element is made, from the same loop that computes it.
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "graph/op.h"

namespace chainrule {

// A number that has a name, such as W5 or dE_total/dW5.
struct Quantity {
  std::string symbol;
  double value = 0;
  bool given = false;  // by the user, who wrote it out; otherwise computed
};

// Immutable; copies share the tree.
class Expression {
 public:
  Expression(double constant = 0);  // NOLINT: a number is meant to convert
  explicit Expression(Quantity quantity);
  Expression(const Op& op, std::vector<Expression> operands, const Attributes& attributes = {});

  const Op* op() const { return tree_->op; }  // null for a number or a quantity
  const std::vector<Expression>& operands() const { return tree_->operands; }
  const Attributes& attributes() const { return tree_->attributes; }
  const Quantity* quantity() const { return tree_->quantity.get(); }
  bool is_constant() const { return op() == nullptr && quantity() == nullptr; }
  double constant() const { return tree_->constant; }  // where is_constant()

  friend bool operator==(const Expression& a, const Expression& b);  // the same tree

 private:
  struct Tree {
    const Op* op = nullptr;
    std::vector<Expression> operands{};
    Attributes attributes{};
    std::unique_ptr<const Quantity> quantity{};
    double constant = 0;
  };
  std::shared_ptr<const Tree> tree_;
};

// op(operands), where a constant is worked out and what changes nothing is left out: x + 0, 1 x.
// No rule is written down for that: the operation's own scalar function is tried on a few numbers.
Expression simplified(const Op& op, std::vector<Expression> operands,
                      const Attributes& attributes = {});

Expression operator+(const Expression& a, const Expression& b);
Expression operator*(const Expression& a, const Expression& b);
inline Expression& operator+=(Expression& a, const Expression& b) { return a = a + b; }
inline double larger(double a, double b) { return b > a || std::isnan(b) ? b : a; }  // NaN stays
Expression larger(const Expression& a, const Expression& b);

// The expression's value from its quantities' values, by the operations' scalar functions.
double evaluate(const Expression& expression);
// The same with other values of the quantities.
double evaluate(const Expression& expression,
                const std::function<double(const Quantity&)>& value_of);

}  // namespace chainrule
