// The update rules as graphs. All that depends on the step alone is a scalar node; what is left
// for every weight is one elementwise chain with at most one square root and one division.
#include <algorithm>
#include <map>
#include <span>
#include <type_traits>

#include <fmt/format.h>

#include "base/elementary.h"
#include "chainrule/error.h"
#include "chainrule/nn.h"
#include "chainrule/ops.h"

namespace chainrule {
namespace {

// A parameter w and its gradient g = dE/dw.
struct Place {
  const nn::Parameter& parameter;
  Value w;
  Value g;
  Value decay_factor;  // of the step; empty: 1

  // The update of a layer's parameter is that layer's work.
  OriginScope scope() const {
    return {w.graph(), {.layer = w.node().origin.layer, .phase = Phase::update}};
  }
  // The optimizer's memory of this parameter, such as dense1.weight.m.
  Value state(std::string_view name) const {
    return w.graph().variable(fmt::format("{}.{}", parameter.name, name), w.shape());
  }
  // The gradient with weight decay as a part of it.
  Value decayed(double weight_decay) const {
    const double own = parameter.decay_factor * weight_decay;
    if (own == 0) return g;
    return decay_factor ? g + decay_factor * own * w : g + own * w;
  }
};

// The running mean m' = decay m + (1 - decay) x, which m becomes.
Value running_mean(Value m, double decay, Value x) {
  const Value next = decay * m + (1.0 - decay) * x;
  m.graph().update(m, next);
  return next;
}

void descend(Value w, Value change) { w.graph().update(w, w - change); }

void add(const SGD& sgd, std::span<const Place> places, Value rate, Value) {
  for (const Place& at : places) {
    const OriginScope scope = at.scope();
    Value direction = at.decayed(sgd.weight_decay);
    if (sgd.momentum > 0) {
      const Value g = direction, v = at.state("v"), next = sgd.momentum * v + g;
      v.graph().update(v, next);
      direction = sgd.nesterov ? g + sgd.momentum * next : next;
    }
    descend(at.w, rate * direction);
  }
}

// 1 - beta^step. In single precision 1 - 0.999 keeps four digits; expm1 keeps them all.
Value bias_correction(double beta, Value step) {
  if (beta == 0) return step.graph().constant(1.0);  // its logarithm is no number
  return -expm1(elementary::log(beta) * step);
}

// With c = 1 - beta^step, m^ = m / c1 and v^ = v / c2, the papers' change
//   rate m^ / (sqrt(v^) + epsilon)   equals   (rate sqrt(c2) / c1) m / (sqrt(v) + epsilon
//   sqrt(c2)),
// multiplied by sqrt(c2) above and below: what is beside m and sqrt(v) are scalars. (Kingma & Ba
// do the same at the end of section 2, but let epsilon be another number.)
template <class AdamKind>  // Adam or AdamW
requires requires(AdamKind adam) { adam.beta1; }
void add(const AdamKind& adam, std::span<const Place> places, Value rate, Value step) {
  if (!step) throw UsageError("add_updates: adam and adamw count their steps; give them `step`.");
  // 1 - beta^0 is 0, and dividing by it would make every weight NaN. What is computed from other
  // nodes is the caller's.
  if (step.node().inputs.empty())
    step.graph().require_at_least(step, 1, "adam and adamw count their steps from 1");
  constexpr bool decoupled = std::is_same_v<AdamKind, AdamW>;
  const Value root = sqrt(bias_correction(adam.beta2, step));
  const Value scale = rate * root / bias_correction(adam.beta1, step);
  const Value epsilon = adam.epsilon * root;
  std::map<double, Value> decays;  // apart from the gradient, by the parameters' factors
  if (decoupled && adam.weight_decay > 0)
    for (const Place& at : places)
      if (const double factor = at.parameter.decay_factor; factor > 0 && !decays.contains(factor)) {
        const Value decay = rate * (factor * adam.weight_decay);
        decays[factor] = at.decay_factor ? decay * at.decay_factor : decay;
      }
  for (const Place& at : places) {
    const OriginScope scope = at.scope();
    const Value g = decoupled ? at.g : at.decayed(adam.weight_decay);
    const Value m = running_mean(at.state("m"), adam.beta1, g);
    const Value v = running_mean(at.state("v"), adam.beta2, g * g);
    const Value change = scale * m / (sqrt(v) + epsilon);
    const auto decay = decays.find(at.parameter.decay_factor);
    // Not as (1 - decay) w: single precision would leave three digits of 1 - 0.00001.
    descend(at.w, decay != decays.end() ? decay->second * at.w + change : change);
  }
}

void add(const RMSProp& rmsprop, std::span<const Place> places, Value rate, Value) {
  for (const Place& at : places) {
    const OriginScope scope = at.scope();
    const Value g = at.decayed(rmsprop.weight_decay);
    const Value v = running_mean(at.state("v"), rmsprop.decay, g * g);
    descend(at.w, rate * g / (sqrt(v) + rmsprop.epsilon));
  }
}

void add(const Adagrad& adagrad, std::span<const Place> places, Value rate, Value) {
  for (const Place& at : places) {
    const OriginScope scope = at.scope();
    const Value g = at.decayed(adagrad.weight_decay);
    const Value sum = at.state("sum"), next = sum + g * g;
    sum.graph().update(sum, next);
    descend(at.w, rate * g / (sqrt(next) + adagrad.epsilon));
  }
}

std::vector<Place> places_of(const std::vector<nn::Parameter>& parameters,
                             const std::vector<Value>& gradients, Value decay_factor) {
  if (parameters.size() != gradients.size())
    throw UsageError(fmt::format("add_updates: {} parameters, but {} gradients. Give one each.",
                                 parameters.size(), gradients.size()));
  std::vector<Place> places;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const nn::Parameter& parameter = parameters[i];
    if (gradients[i].shape() != parameter.variable.shape())
      throw UsageError(fmt::format("add_updates: {} has shape {}, its gradient {}.", parameter.name,
                                   parameter.variable.shape().to_string(),
                                   gradients[i].shape().to_string()));
    places.push_back({parameter, parameter.variable, gradients[i], decay_factor});
  }
  return places;
}

void require_scalar(std::string_view name, Value value) {
  if (value.shape() != Shape{})
    throw UsageError(fmt::format("add_updates: {} has shape {}; it must be a scalar.", name,
                                 value.shape().to_string()));
}

}  // namespace

void add_updates(const Optimizer& optimizer, const std::vector<nn::Parameter>& parameters,
                 const std::vector<Value>& gradients, Value rate, Value step, Value decay_factor) {
  validate(optimizer);
  require_scalar("rate", rate);
  if (step) require_scalar("step", step);
  if (decay_factor) require_scalar("decay_factor", decay_factor);
  const std::vector<Place> places = places_of(parameters, gradients, decay_factor);
  const OriginScope scope(rate.graph(), {.layer = "optimizer", .phase = Phase::update});
  // Those that learn at the same rate share its scalars.
  std::vector<double> factors;
  for (const Place& at : places)
    if (std::ranges::find(factors, at.parameter.rate_factor) == factors.end())
      factors.push_back(at.parameter.rate_factor);
  for (const double factor : factors) {
    std::vector<Place> group;
    for (const Place& at : places)
      if (at.parameter.rate_factor == factor) group.push_back(at);
    const Value own_rate = factor == 1 ? rate : rate * factor;
    std::visit([&](const auto& rule) { add(rule, group, own_rate, step); }, optimizer);
  }
}

void add_averages(const std::vector<nn::Parameter>& parameters, double decay, Value step) {
  if (!(decay > 0 && decay < 1))
    throw UsageError(
        fmt::format("the weights' average: decay = {}; it must be above 0 and below 1.", decay));
  require_scalar("step", step);
  Graph& graph = step.graph();
  const OriginScope scope(graph, {.layer = "averages", .phase = Phase::update});
  if (step.node().inputs.empty())
    graph.require_at_least(step, 1, "averages of weights count their steps from 1");
  const Value share = (1.0 - decay) / bias_correction(decay, step);
  for (const nn::Parameter& parameter : parameters) {
    const Place at{parameter, parameter.variable, {}, {}};
    const OriginScope of_layer = at.scope();
    const auto update = std::ranges::find(graph.updates(), at.w.id(), &Update::variable);
    if (update == graph.updates().end())
      throw UsageError(
          fmt::format("nothing updates {}; add the updates before the averages.", parameter.name));
    const Value next(graph, update->value);
    const Value average = at.state(average_suffix.substr(1));
    graph.update(average, average + share * (next - average));
  }
}

}  // namespace chainrule
