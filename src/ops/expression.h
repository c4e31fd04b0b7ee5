// A formula as a tree. Loops that are templates over their number type run over expressions too:
// what comes out is how each element is made, from the same loop that computes it.
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "graph/op.h"

namespace chainrule {

// One number of a graph.
struct Element {
  NodeId node = -1;        // -1: none of the graph's
  std::int64_t index = 0;  // in row-major order

  friend bool operator==(const Element&, const Element&) = default;
  friend bool operator<(const Element& a, const Element& b) {
    return std::tie(a.node, a.index) < std::tie(b.node, b.index);
  }
};

// What a number is to the one that it is named after.
enum class Role { itself, gradient, next };  // its derivative, or its value after the step

// A number that has a name, such as W5 or dE_total/dW5. The name is for readers; which number it is
// says the element.
struct Quantity {
  std::string symbol{};
  double value = 0;
  bool given = false;  // by the user, who wrote it out; otherwise computed
  Element element{};
  Role role = Role::itself;
  int blank = 0;  // of an exercise, which hides the value; 0: it is shown
};

// Immutable; copies share the tree. An operation of two operands that groups from the left may have
// any number of them: a + b + c + ... is one sum, however long, so no tree is deeper than what is
// written in it.
class Expression {
 public:
  Expression(double constant = 0);  // NOLINT: a number is meant to convert
  explicit Expression(Quantity quantity);
  Expression(const Op& op, std::vector<Expression> operands, const Attributes& attributes = {});

  const Op* op() const { return tree_->op; }  // null for a number or a quantity
  const std::vector<Expression>& operands() const { return tree_->operands; }
  const Attributes& attributes() const;
  const Quantity* quantity() const { return tree_->quantity.get(); }
  bool is_constant() const { return op() == nullptr && quantity() == nullptr; }
  double constant() const { return tree_->constant; }  // where is_constant()

  // The same tree; numbers are the same if their bits are.
  friend bool operator==(const Expression& a, const Expression& b);
  // first op rest, where first is itself of this operation: one operand more.
  friend Expression lengthened(Expression first, const Expression& rest);

 private:
  struct Tree {
    const Op* op = nullptr;
    std::vector<Expression> operands{};
    std::unique_ptr<const Attributes> attributes{};  // most have none
    std::unique_ptr<const Quantity> quantity{};
    double constant = 0;
  };
  std::shared_ptr<Tree> tree_;  // changed by lengthened() alone, and only while it is not shared
};

// op(operands), where constants are worked out and what the record's identities say is left out;
// what is added to a sum becomes another term of it. Up to `to_the_bit` the result is the same
// float whatever the operands are; `finite` is for readers, to whom x + 0 is x and 0 x is 0.
Expression simplified(const Op& op, std::vector<Expression> operands,
                      const Attributes& attributes = {},
                      Identity::Holds holds = Identity::Holds::to_the_bit);

inline double which(const Expression& constant) { return constant.constant(); }

// What loops over expressions need; to the bit.
Expression operator+(const Expression& a, const Expression& b);
Expression operator*(const Expression& a, const Expression& b);
Expression& operator+=(Expression& a, const Expression& b);  // at no cost that grows with a
// As maximum(a, b): NaN stays, and of equal numbers the second, which may be another 0.
inline double larger(double a, double b) { return a > b || std::isnan(a) ? a : b; }
Expression larger(Expression a, const Expression& b);

// The expression's value from its quantities' values, by the operations' scalar functions.
double evaluate(const Expression& expression);
// The same with other values of the quantities.
double evaluate(const Expression& expression,
                const std::function<double(const Quantity&)>& value_of);

}  // namespace chainrule
