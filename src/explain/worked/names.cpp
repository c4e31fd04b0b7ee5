#include <fmt/format.h>

#include "chainrule/error.h"
#include "explain/worked/builder.h"

namespace chainrule::page {
namespace {

std::vector<Expression> expressions(const std::vector<Quantity>& quantities) {
  return {quantities.begin(), quantities.end()};
}

const nn::Dense& dense_layer(const nn::Sequential& model, std::size_t which) {
  for (const nn::Layer& layer : model.layers)
    if (const auto* dense = layer.get_if<nn::Dense>())
      if (which-- == 0) return *dense;
  throw InternalError("the traced model has more dense layers than the model");
}

}  // namespace

// letter, then numbers from `first` + 1 on.
std::vector<Quantity> Builder::named(const std::string& letter, std::int64_t first, Value node,
                                     bool given) const {
  Quantities quantities;
  for (std::int64_t i = 0; i < node.shape().size(); ++i)
    quantities.push_back({fmt::format("{}{}", letter, first + i + 1), traced_.at(node, i), given});
  return quantities;
}

void Builder::name_everything() {
  x_ = named("x", 0, traced_.x, true);
  target_ = named("target_o", 0, traced_.target, true);
  parameters_.resize(traced_.model.parameters.size());
  for (const Layer& layer : traced_.layers) {
    const bool last = &layer == &traced_.layers.back();
    z_.push_back(named("z", layer.first_neuron, layer.z, false));
    h_.push_back(named(last ? "o" : "h", last ? 0 : layer.first_hidden, layer.h, false));
    const auto& parameters = traced_.model.parameters;
    const nn::Dense& dense = dense_layer(step_.model, z_.size() - 1);
    parameters_[layer.weight] =
        named("W", layer.first_weight, parameters[layer.weight].variable, dense.weight.has_value());
    // A bias that is not given starts at 0, which needs no decimals.
    if (layer.bias)
      parameters_[*layer.bias] =
          named("b", layer.first_bias, parameters[*layer.bias].variable, true);
  }
  if (traced_.probabilities) probabilities_ = named("p", 0, traced_.probabilities, false);
  for (Formulas* formulas : {&formulas_, &computed_}) {
    formulas->define(traced_.x, expressions(x_));
    formulas->define(traced_.target, expressions(target_));
    formulas->define(traced_.rate, {Expression(Quantity{"rate", traced_.at(traced_.rate), true})});
    formulas->define(traced_.count, {Expression(Quantity{"step", 1, true})});
    for (std::size_t p = 0; p < parameters_.size(); ++p)
      formulas->define(traced_.model.parameters[p].variable, expressions(parameters_[p]));
  }
  name_states();
  // Those that the page has no lines for keep the engine's value.
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    gradients_.push_back(named("", 0, traced_.gradients[p], false));
    for (std::size_t e = 0; e < parameters_[p].size(); ++e)
      gradients_[p][e].symbol = "dE_total/d" + parameters_[p][e].symbol;
  }
}

// dense1.weight.m becomes m_W1, m_W2, ...; it is 0 before the first step.
void Builder::name_states() {
  for (const Value& state : traced_.states)
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
      const std::string& owner = traced_.model.parameters[p].name;
      const std::string& name = state.node().name;
      if (name.rfind(owner + ".", 0) != 0) continue;
      Quantities quantities;
      for (const Quantity& parameter : parameters_[p])
        quantities.push_back({name.substr(owner.size() + 1) + "_" + parameter.symbol, 0, true});
      formulas_.define(state, expressions(quantities));
      state_owners_.push_back(p);
      state_symbols_.push_back(name.substr(owner.size() + 1));
    }
}

Quantity Builder::factor(const std::string& symbol, double value, bool given) const {
  if (tamper_) tamper_(symbol, value);
  return {symbol, value, given};
}

bool Builder::wanted(const Quantity& parameter) const {
  return parameter_.empty() || parameter.symbol == parameter_;
}

}  // namespace chainrule::page
