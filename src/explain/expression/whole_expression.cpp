#include "explain/expression/whole_expression.h"

#include <algorithm>
#include <cmath>

#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "explain/expression/worked_line.h"
#include "explain/formula/elements.h"
#include "explain/formula/formula.h"
#include "explain/formula/rounding.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

// Names that no value of a file can have.
constexpr const char* rate_name = "optimizer.rate";
constexpr const char* step_name = "optimizer.step";

}  // namespace

WholeExpression::WholeExpression(const ExpressionFile& file, const std::string& result,
                                 std::int64_t step, const Feeds& feeds)
    : file_(file), feeds_(feeds) {
  trace_lines();
  result_ = nodes_[place_of(result)];
  gradients_ = gradient(result_, nodes_);
  if (file.optimizer) {
    trace_update();
    Optimizer optimizer = *file.optimizer;
    feeds_[rate_name] = {{}, {chainrule::learning_rate(optimizer)}};
    feeds_[step_name] = {{}, {static_cast<double>(step)}};
  }
  for (const Quantity& given : file.given)
    feeds_.try_emplace(given.symbol, DoubleTensor{{}, {given.value}});
  for (const Node& node : graph_.nodes())
    if (node.op == &variable_op) feeds_.try_emplace(node.name, DoubleTensor(node.shape));
  values_ = evaluate(graph_, feeds_);
}

void WholeExpression::trace_lines() {
  for (const Quantity& given : file_.given) {
    const bool is_trained = std::ranges::find(file_.trained, given.symbol) != file_.trained.end();
    nodes_.push_back(is_trained ? graph_.variable(given.symbol, {})
                                : graph_.input(given.symbol, {}));
  }
  for (const Statement& statement : file_.statements) {
    const std::vector<Value> made = traced(
        graph_, statement, [this](const std::string& symbol) { return nodes_[place_of(symbol)]; });
    nodes_.insert(nodes_.end(), made.begin(), made.end());
  }
}

// The gradients that move values are nodes of their own: that by w of w x is x itself.
void WholeExpression::trace_update() {
  rate_ = graph_.input(rate_name, {});
  step_ = graph_.input(step_name, {});
  for (const std::string& name : file_.trained) {
    const std::size_t place = place_of(name);
    parameters_.push_back({.name = name, .variable = nodes_[place], .initial = {}});
    moving_.push_back(gradients_[place] * graph_.constant(1.0));
  }
  add_updates(*file_.optimizer, parameters_, moving_, rate_, step_);
}

std::size_t WholeExpression::place_of(const std::string& symbol) const {
  const auto found = std::ranges::find(file_.symbols, symbol);
  if (found == file_.symbols.end()) throw InternalError("the expression has no value " + symbol);
  return static_cast<std::size_t>(found - file_.symbols.begin());
}

Quantity WholeExpression::quantity(const std::string& symbol) const {
  const std::size_t place = place_of(symbol);
  const double value = number(nodes_[place]);
  const bool is_given =
      is_whole(value) || (place < file_.given.size() && value == file_.given[place].value);
  return {.symbol = symbol, .value = value, .given = is_given, .element = {nodes_[place].id(), 0}};
}

double WholeExpression::derivative(const std::string& symbol) const {
  return number(gradients_[place_of(symbol)]);
}

Element WholeExpression::derivative_element(const std::string& symbol) const {
  return {gradients_[place_of(symbol)].id(), 0};
}

double WholeExpression::derivative_rounding(const std::string& symbol) const {
  const auto is_value = [this](NodeId id) {
    return std::ranges::find(nodes_, id, &Value::id) != nodes_.end();
  };
  const auto values = [this](NodeId id) -> const DoubleTensor& { return values_[index(id)]; };
  const Value derivative = gradients_[place_of(symbol)];
  return rounding_errors(graph_, values, derivative.id(), doubles, is_value).back().values[0];
}

Surroundings WholeExpression::around(const Quantity& given, double least) const {
  double size = 1;
  for (const Value node : nodes_) size = std::max(size, std::abs(number(node)));
  return {.at =
              [this, given](double shift) {
                Feeds feeds = feeds_;
                feeds[given.symbol] = {{}, {given.value + shift}};
                return evaluate(graph_, feeds)[index(result_.id())].values[0];
              },
          .rounding =
              [this] {
                return loss_rounding(
                    graph_, [this](NodeId id) -> const DoubleTensor& { return values_[index(id)]; },
                    result_.id(), nodes_, gradients_);
              },
          .place = given.value,
          .size = size,
          .least = least};
}

std::vector<std::vector<WholeExpression::Change>> WholeExpression::changes(
    const std::vector<Quantity>& derivatives) {
  Elements elements(graph_, values_);
  for (const Quantity& given : file_.given)
    elements.name(nodes_[place_of(given.symbol)], std::vector{quantity(given.symbol)});
  for (std::size_t i = 0; i < moving_.size(); ++i)
    elements.name(moving_[i], std::vector{derivatives[i]});
  elements.name(rate_, {{.symbol = "rate", .value = number(rate_), .given = true}});
  elements.name(step_, {{.symbol = "step", .value = number(step_), .given = true}});
  // m of w is m_w; it is given before the first step, when it is 0.
  const auto named = [&](const Update& update) {
    const std::string& name = graph_.node(update.variable).name;
    const auto dot = name.find('.');
    const std::string symbol =
        dot == std::string::npos ? name : name.substr(dot + 1) + "_" + name.substr(0, dot);
    const double value = number(graph_.value(update.variable));
    return Quantity{
        .symbol = symbol, .value = value, .given = value == 0, .element = {update.variable, 0}};
  };
  const std::vector<Update> updates(graph_.updates().begin(), graph_.updates().end());
  for (const Update& update : updates)
    if (graph_.node(update.variable).name.find('.') != std::string::npos)
      elements.name(graph_.value(update.variable), std::vector{named(update)});
  std::vector<std::vector<Change>> changes(parameters_.size());
  for (const Update& update : updates) {
    const std::string& name = graph_.node(update.variable).name;
    const auto owner = std::ranges::find(file_.trained, name.substr(0, name.find('.')));
    const bool is_memory = name.find('.') != std::string::npos;
    Quantity before = is_memory ? named(update) : quantity(name);
    const Value next = graph_.value(update.value);
    const Quantity after{.symbol = before.symbol + "+",
                         .value = number(next),
                         .element = {next.id(), 0},
                         .role = Role::next};
    changes[static_cast<std::size_t>(owner - file_.trained.begin())].push_back(
        {std::move(before), after, tidy(elements.formula({next.id(), 0}))});
    if (is_memory) elements.name(next, std::vector{after});
  }
  return changes;
}

Feeds WholeExpression::next_feeds() const {
  Feeds feeds;
  for (const Update& update : graph_.updates())
    feeds[graph_.node(update.variable).name] = values_[index(update.value)];
  return feeds;
}

double WholeExpression::learning_rate() const { return number(rate_); }

}  // namespace chainrule::page
