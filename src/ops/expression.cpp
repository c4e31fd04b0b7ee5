#include "ops/expression.h"

#include <algorithm>
#include <cmath>

#include "chainrule/error.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

// A composite's value for single numbers, through its composition.
double composed(const Op& op, const std::vector<double>& x, const Attributes& attributes);

// From left to right where there are more operands than the operation's own two.
double applied(const Op& op, const std::vector<double>& x) {
  double y = op.scalar(x.data());
  for (std::size_t i = 2; op.scalar.binary != nullptr && i < x.size(); ++i)
    y = op.scalar.binary(y, x[i]);
  return y;
}

double computed(const Op& op, const std::vector<double>& x, const Attributes& attributes) {
  if (op.kind == OpKind::elementwise) return applied(op, x);
  if (op.compose == nullptr)
    throw InternalError("no scalar meaning is known of " + std::string(op.name));
  return composed(op, x, attributes);
}

double composed(const Op& op, const std::vector<double>& x, const Attributes& attributes) {
  Graph graph;
  std::vector<Value> operands;
  operands.reserve(x.size());
  for (const double number : x) operands.push_back(graph.constant(number, {1}));
  op.compose(operands, attributes);
  std::vector<double> values;  // of every node: each has one element
  for (const Node& node : graph.nodes()) {
    std::vector<double> inputs;
    for (const NodeId input : node.inputs)
      inputs.push_back(values[static_cast<std::size_t>(input)]);
    if (is_leaf(node))
      values.push_back(node.attributes.reals[0]);
    else if (is_elementwise(node) || node.op->compose != nullptr)
      values.push_back(computed(*node.op, inputs, node.attributes));
    else
      values.push_back(inputs[0]);  // broadcasts and reshapes of a single number
  }
  return values.back();
}

// Without a second owner of the first, which may then be lengthened where it is.
std::vector<Expression> pair(Expression first, const Expression& second) {
  std::vector<Expression> operands;
  operands.reserve(2);
  operands.push_back(std::move(first));
  operands.push_back(second);
  return operands;
}

}  // namespace

// Loops begin with arrays full of zeros of either sign: those share one tree.
Expression::Expression(double constant) {
  static const auto zero = std::make_shared<Tree>();
  static const auto nothing = std::make_shared<Tree>(Tree{.constant = -0.0});
  if (constant == 0)
    tree_ = std::signbit(constant) ? nothing : zero;
  else
    tree_ = std::make_shared<Tree>(Tree{.constant = constant});
}

Expression::Expression(Quantity quantity)
    : tree_(std::make_shared<Tree>(
          Tree{.quantity = std::make_unique<const Quantity>(std::move(quantity))})) {}

Expression::Expression(const Op& op, std::vector<Expression> operands, const Attributes& attributes)
    : tree_(std::make_shared<Tree>(Tree{.op = &op, .operands = std::move(operands)})) {
  if (attributes != Attributes())
    tree_->attributes = std::make_unique<const Attributes>(attributes);
}

const Attributes& Expression::attributes() const {
  static const Attributes none;
  return tree_->attributes ? *tree_->attributes : none;
}

Expression lengthened(Expression first, const Expression& rest) {
  if (first.tree_.use_count() > 1) first = Expression(*first.op(), first.operands());
  first.tree_->operands.push_back(rest);
  return first;
}

bool operator==(const Expression& a, const Expression& b) {
  if (a.tree_ == b.tree_) return true;
  if (a.op() != b.op() || (a.quantity() == nullptr) != (b.quantity() == nullptr)) return false;
  if (a.quantity() != nullptr)
    return a.quantity()->element == b.quantity()->element &&
           a.quantity()->symbol == b.quantity()->symbol;
  if (a.op() == nullptr) return bits_of(a.constant()) == bits_of(b.constant());
  return a.operands() == b.operands() && a.attributes() == b.attributes();
}

namespace {

bool groups_from_the_left(const Op& op) { return &op == &add_op || &op == &maximum_op; }

// Step by step, so that each term is looked at for what it changes.
Expression built_up(const Op& op, std::vector<Expression> operands, Identity::Holds holds) {
  Expression result = std::move(operands[0]);
  for (std::size_t i = 1; i < operands.size(); ++i)
    result = simplified(op, pair(std::move(result), operands[i]), {}, holds);
  return result;
}

}  // namespace

Expression simplified(const Op& op, std::vector<Expression> operands, const Attributes& attributes,
                      Identity::Holds holds) {
  if (groups_from_the_left(op) && operands.size() > 2)
    return built_up(op, std::move(operands), holds);
  if (op.kind == OpKind::elementwise) {
    if (std::ranges::all_of(operands, &Expression::is_constant))
      return evaluate(Expression(op, operands, attributes));
    for (std::size_t i = 0; operands.size() == 2 && i < 2; ++i) {
      if (!operands[i].is_constant()) continue;
      const Identity* known = find_identity(op, i, operands[i].constant(), holds);
      if (known != nullptr) return known->gives ? Expression(*known->gives) : operands[1 - i];
    }
  }
  if (groups_from_the_left(op) && operands[0].op() == &op)
    return lengthened(std::move(operands[0]), operands[1]);
  return {op, std::move(operands), attributes};
}

Expression operator+(const Expression& a, const Expression& b) {
  return simplified(add_op, {a, b});
}
Expression& operator+=(Expression& a, const Expression& b) {
  // It may be a itself. NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
  const Expression term = b;
  return a = simplified(add_op, pair(std::move(a), term));
}
Expression operator*(const Expression& a, const Expression& b) {
  return simplified(multiply_op, {a, b});
}
Expression larger(Expression a, const Expression& b) {
  return simplified(maximum_op, pair(std::move(a), b));
}

double evaluate(const Expression& expression) { return evaluate(expression, &Quantity::value); }

double evaluate(const Expression& expression,
                const std::function<double(const Quantity&)>& value_of) {
  if (expression.quantity() != nullptr) return value_of(*expression.quantity());
  if (expression.op() == nullptr) return expression.constant();
  std::vector<double> operands;
  for (const Expression& operand : expression.operands())
    operands.push_back(evaluate(operand, value_of));
  return computed(*expression.op(), operands, expression.attributes());
}

}  // namespace chainrule
