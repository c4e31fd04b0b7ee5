// All lines of an expression as one graph of the engine's: its values, the gradient of the result,
// and the update of what is trained. What the page works out line by line is compared with it.
#pragma once

#include <string>
#include <vector>

#include "chainrule/nn.h"
#include "chainrule/program.h"
#include "explain/expression/expression_file.h"
#include "explain/page/differences.h"

namespace chainrule::page {

class WholeExpression {
 public:
  // `feeds` are trained values and the optimizer's memory by name, where they are not those of the
  // first step.
  WholeExpression(const ExpressionFile& file, const std::string& result, std::int64_t step,
                  const Feeds& feeds);
  WholeExpression(const WholeExpression&) = delete;
  WholeExpression& operator=(const WholeExpression&) = delete;

  Quantity quantity(const std::string& symbol) const;
  double derivative(const std::string& symbol) const;           // of the result
  double derivative_rounding(const std::string& symbol) const;  // how far it may be off
  Element derivative_element(const std::string& symbol) const;

  // The result around a given value: what finite differences are taken of.
  Surroundings around(const Quantity& given, double least) const;

  // What the optimizer changes of each trained value: its memory, then the value itself.
  struct Change {
    Quantity before, after;
    Expression formula;  // of `after`
  };
  // In terms of the derivatives, by trained value.
  std::vector<std::vector<Change>> changes(const std::vector<Quantity>& derivatives);
  Feeds next_feeds() const;
  double learning_rate() const;

 private:
  void trace_lines();
  void trace_update();
  std::size_t place_of(const std::string& symbol) const;
  double number(Value node) const { return values_[index(node.id())].values[0]; }

  const ExpressionFile& file_;
  Graph graph_;
  Feeds feeds_;
  std::vector<Value> nodes_, gradients_;  // by place among the file's symbols
  Value result_;
  std::vector<nn::Parameter> parameters_;
  std::vector<Value> moving_;  // their gradients
  Value rate_, step_;
  std::vector<DoubleTensor> values_;
};

}  // namespace chainrule::page
