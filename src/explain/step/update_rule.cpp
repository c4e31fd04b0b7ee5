#include "explain/step/update_rule.h"

#include <algorithm>
#include <type_traits>

#include "explain/formula/formula.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

Expression less(const Expression& a, const Expression& b) { return {subtract_op, {a, b}}; }
Expression plus(const Expression& a, const Expression& b) { return {add_op, {a, b}}; }
Expression times(const Expression& a, const Expression& b) { return {multiply_op, {a, b}}; }
Expression over(const Expression& a, const Expression& b) { return {divide_op, {a, b}}; }
Expression root(const Expression& a) { return {sqrt_op, {a}}; }
Expression to_the(const Expression& a, const Expression& b) { return {power_op, {a, b}}; }

Expression letter(const std::string& symbol, double value) {
  return Expression(Quantity{.symbol = symbol, .value = value, .given = true});
}

bool is_plain(const RunStep& step) {
  const auto* sgd = std::get_if<SGD>(&step.optimizer());
  return sgd != nullptr && sgd->momentum == 0 && sgd->weight_decay == 0 &&
         std::ranges::all_of(step.model().parameters,
                             [](const nn::Parameter& p) { return p.rate_factor == 1; });
}

double decay_of(const RunStep& step, const nn::Parameter& parameter) {
  return parameter.decay_factor *
         std::visit([](const auto& rule) { return rule.weight_decay; }, step.optimizer());
}

// A letter of the rule, and the same in numbers that the engine has.
struct Part {
  Expression shown, whole;
};

class RuleWriter {
 public:
  RuleWriter(RunStep& step, const nn::Parameter& parameter, std::int64_t index,
             const RuleNames& names)
      : step_(step), parameter_(parameter), index_(index), names_(names) {}

  std::vector<RuleLine> lines() {
    add_rate();
    add_decay();
    const Part g = gradient();
    std::visit([&](const auto& rule) { add(rule, g); }, step_.optimizer());
    add_average();
    return std::move(lines_);
  }

 private:
  // A letter's line: what follows names it by `symbol`.
  Part tell(const std::string& what, const std::string& symbol, const Part& formula,
            Quantity quantity = {}) {
    quantity.symbol = symbol;
    if (quantity.element.node < 0) quantity.value = evaluate(formula.whole);
    lines_.push_back({what, {quantity, formula.shown}, formula.whole, quantity.element});
    const bool is_engines = quantity.element.node >= 0;
    return {Expression(quantity), is_engines ? Expression(quantity) : formula.whole};
  }

  std::string named(const std::string& what) const { return what + names_.suffix; }

  // The optimizer's memory, before the step.
  Part memory(const std::string& what) {
    const Value variable = step_.find(parameter_.name + "." + what).value();
    const Element element{variable.id(), index_};
    const double value = step_.elements().value(element);
    Quantity before{named(what), value, value == 0, element};
    if (names_.suffix.empty()) {  // which the run has a name for
      const Quantity known = step_.elements().quantity(element);
      lines_.push_back({what, {before, Expression(known)}, Expression(known), {}});
    }
    return {Expression(before), Expression(before)};
  }

  // ... and after it.
  Part next(const std::string& what, const Part& formula) {
    const Value variable = step_.find(parameter_.name + "." + what).value();
    const Element element{step_.next_value(variable).id(), index_};
    return tell(what, named(what) + "+", formula,
                {.value = step_.elements().value(element), .element = element, .role = Role::next});
  }

  // The learning rate of this parameter, where it has one of its own.
  void add_rate() {
    const Value rate = step_.traced().rate;
    Quantity of_run{.value = step_.elements().value({rate.id(), 0}), .element = {rate.id(), 0}};
    of_run.given = is_short(of_run.value);
    of_run.symbol = rate_symbol(step_);
    rate_ = {Expression(of_run), Expression(of_run)};
    if (parameter_.rate_factor == 1) return;
    of_run.symbol = "rate";
    const Expression own = times(parameter_.rate_factor, Expression(of_run));
    rate_ = tell("eta", named("eta"), {own, own});
  }

  // The weight decay of this step; a schedule may have made it less.
  void add_decay() {
    const double decay = decay_of(step_, parameter_);
    if (decay == 0) return;
    lambda_ = {letter("lambda", decay), letter("lambda", decay)};
    const auto factor = step_.find("decay_factor");
    if (!factor) return;
    const Expression own = times(decay, Expression(step_.elements().quantity({factor->id(), 0})));
    lambda_ = tell("lambda", named("lambda"), {own, own});
  }

  bool decays() const { return decay_of(step_, parameter_) != 0; }

  // g: clipped, and with the weight decay as a part of it where the optimizer has it there.
  Part gradient() {
    Part g{Expression(names_.gradient), Expression(names_.gradient)};
    Quantity engines = names_.gradient;
    engines.value = names_.engine_gradient;
    g.whole = Expression(engines);
    bool is_new = names_.names_gradient && !is_plain(step_);
    if (const auto scale = step_.find("gradient.scale")) {
      const Expression by(step_.elements().quantity({scale->id(), 0}));
      g = {times(by, g.shown), times(by, g.whole)};
      is_new = true;
    }
    if (decays() && !std::holds_alternative<AdamW>(step_.optimizer())) {
      const Expression weight(names_.weight);
      g = {plus(g.shown, times(lambda_.shown, weight)),
           plus(g.whole, times(lambda_.whole, weight))};
      is_new = true;
    }
    return is_new ? tell("g", named("g"), g) : g;
  }

  // beta m + (1 - beta) x
  Part running_mean(const std::string& what, const Expression& beta, const Part& x) {
    const Part m = memory(what);
    const auto formula = [&](const Expression& mean, const Expression& each) {
      return plus(times(beta, mean), times(less(1.0, beta), each));
    };
    return next(what, {formula(m.shown, x.shown), formula(m.whole, x.whole)});
  }

  // m / (1 - beta^t)
  Part corrected(const std::string& what, const Part& mean, const Expression& beta) {
    const Value step = step_.traced().step;
    const Expression t = letter("t", step_.elements().value({step.id(), 0}));
    const auto formula = [&](const Expression& m) { return over(m, less(1.0, to_the(beta, t))); };
    return tell(what, named(what), {formula(mean.shown), formula(mean.whole)});
  }

  // w - eta direction
  void descend(const Part& direction) {
    const Expression w(names_.weight);
    const Value after = step_.next_value(parameter_.variable);
    Quantity next = names_.next;
    next.element = {after.id(), index_};
    next.role = Role::next;
    next_ = tell("w", next.symbol,
                 {less(w, times(rate_.shown, direction.shown)),
                  less(w, times(rate_.whole, direction.whole))},
                 next);
  }

  static Part quotient(const Part& above, const Part& below, double epsilon) {
    const auto formula = [&](const Expression& a, const Expression& b) {
      return over(a, plus(root(b), letter("epsilon", epsilon)));
    };
    return {formula(above.shown, below.shown), formula(above.whole, below.whole)};
  }

  static Part squared(const Part& x) { return {to_the(x.shown, 2.0), to_the(x.whole, 2.0)}; }

  void add(const SGD& sgd, const Part& g) {
    if (sgd.momentum == 0) return descend(g);
    const Expression mu = letter("mu", sgd.momentum);
    const Part v = memory("v");
    const Part after =
        next("v", {plus(times(mu, v.shown), g.shown), plus(times(mu, v.whole), g.whole)});
    if (!sgd.nesterov) return descend(after);
    descend({plus(g.shown, times(mu, after.shown)), plus(g.whole, times(mu, after.whole))});
  }

  template <class AdamKind>
  requires requires(AdamKind adam) { adam.beta1; }
  void add(const AdamKind& adam, const Part& g) {
    const Expression beta1 = letter("beta1", adam.beta1), beta2 = letter("beta2", adam.beta2);
    const Part m = running_mean("m", beta1, g), v = running_mean("v", beta2, squared(g));
    const Part m_hat = corrected("mhat", m, beta1), v_hat = corrected("vhat", v, beta2);
    const Part change = quotient(m_hat, v_hat, adam.epsilon);
    if (!std::is_same_v<AdamKind, AdamW> || !decays()) return descend(change);
    const Expression w(names_.weight);
    descend(
        {plus(change.shown, times(lambda_.shown, w)), plus(change.whole, times(lambda_.whole, w))});
  }

  void add(const RMSProp& rmsprop, const Part& g) {
    const Part v = running_mean("v", letter("rho", rmsprop.decay), squared(g));
    descend(quotient(g, v, rmsprop.epsilon));
  }

  void add(const Adagrad& adagrad, const Part& g) {
    const Part sum = memory("sum"), square = squared(g);
    const Part after = next("sum", {plus(sum.shown, square.shown), plus(sum.whole, square.whole)});
    descend(quotient(g, after, adagrad.epsilon));
  }

  // average + (1 - beta) / (1 - beta^t) (w+ - average)
  void add_average() {
    if (step_.options().weight_average == 0) return;
    const Expression beta = letter("beta", step_.options().weight_average);
    const Expression t = letter("t", step_.elements().value({step_.traced().step.id(), 0}));
    const Part average = memory("average");
    const Expression share = over(less(1.0, beta), less(1.0, to_the(beta, t)));
    const auto formula = [&](const Expression& a, const Expression& w) {
      return plus(a, times(share, less(w, a)));
    };
    next("average", {formula(average.shown, next_.shown), formula(average.whole, next_.whole)});
  }

  RunStep& step_;
  const nn::Parameter& parameter_;
  std::int64_t index_;
  const RuleNames& names_;
  Part rate_{}, lambda_{}, next_{};
  std::vector<RuleLine> lines_;
};

}  // namespace

std::vector<RuleLine> rule_lines(RunStep& step, const nn::Parameter& parameter, std::int64_t index,
                                 const RuleNames& names) {
  return RuleWriter(step, parameter, index, names).lines();
}

std::string rate_symbol(const RunStep& step) { return is_plain(step) ? "rate" : "eta"; }

std::vector<Quantity> rule_constants(RunStep& step, const nn::Parameter& parameter) {
  std::vector<Quantity> constants;
  const auto add = [&](const char* symbol, double value) {
    constants.push_back({symbol, value, is_short(value)});
  };
  const double rate = step.elements().value({step.traced().rate.id(), 0});
  if (parameter.rate_factor == 1)
    add(is_plain(step) ? "rate" : "eta", rate);
  else
    add("rate", rate);
  std::visit(
      [&]<class Rule>(const Rule& rule) {
        if constexpr (requires { rule.beta1; }) add("beta1", rule.beta1), add("beta2", rule.beta2);
        if constexpr (requires { rule.momentum; })
          if (rule.momentum != 0) add("mu", rule.momentum);
        if constexpr (requires { rule.decay; }) add("rho", rule.decay);
        if constexpr (requires { rule.epsilon; }) add("epsilon", rule.epsilon);
      },
      step.optimizer());
  if (decay_of(step, parameter) != 0 && !step.find("decay_factor"))
    add("lambda", decay_of(step, parameter));
  if (step.options().weight_average != 0) add("beta", step.options().weight_average);
  const bool is_adam = std::holds_alternative<Adam>(step.optimizer()) ||
                       std::holds_alternative<AdamW>(step.optimizer());
  if (is_adam || step.options().weight_average != 0)
    add("t", step.elements().value({step.traced().step.id(), 0}));
  if (step.options().clip_norm > 0) add("c", step.options().clip_norm);
  return constants;
}

std::vector<Sentence> rule_words(const RunStep& step, const nn::Parameter& parameter) {
  if (is_plain(step)) return {};
  std::vector<Sentence> words;
  const bool nesterov =
      std::holds_alternative<SGD>(step.optimizer()) && std::get<SGD>(step.optimizer()).nesterov;
  const auto add = [&](Phrase phrase) { words.push_back({phrase}); };
  const auto add_with_rate = [&](Phrase phrase) { words.push_back({phrase, {Quantity{"eta"}}}); };
  switch (step.optimizer().index()) {
    case 0:
      if (std::get<SGD>(step.optimizer()).momentum != 0)
        add_with_rate(nesterov ? Phrase::rule_nesterov : Phrase::rule_momentum);
      break;
    case 1:
    case 2:
      add_with_rate(Phrase::rule_adam);
      break;
    case 3:
      add_with_rate(Phrase::rule_rmsprop);
      break;
    default:
      add_with_rate(Phrase::rule_adagrad);
  }
  if (decay_of(step, parameter) != 0)
    add(std::holds_alternative<AdamW>(step.optimizer()) ? Phrase::rule_decay_apart
                                                        : Phrase::rule_decay);
  if (step.options().weight_average != 0) add(Phrase::rule_average);
  return words;
}

Expression clipping(RunStep& step) {
  const Value squared = step.find("gradient.norm_squared").value();
  const Expression norm = root(Expression(step.elements().quantity({squared.id(), 0})));
  return {minimum_op, {1.0, over(letter("c", step.options().clip_norm), norm)}};
}

}  // namespace chainrule::page
