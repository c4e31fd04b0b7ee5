#include <fmt/format.h>

#include "explain/worked/builder.h"

namespace chainrule::page {

// letter, then numbers from `first` + 1 on.
std::vector<Quantity> Builder::named(const std::string& letter, std::int64_t first, Value node,
                                     bool given) {
  Quantities quantities;
  for (std::int64_t i = 0; i < node.shape().size(); ++i)
    quantities.push_back({.symbol = fmt::format("{}{}", letter, first + i + 1),
                          .value = traced_.at(node, i),
                          .given = given,
                          .element = {node.id(), i}});
  return quantities;
}

void Builder::name_everything() {
  const TracedTraining& traced = traced_.run.traced();
  total_ = "E_total" + suffix_;
  const bool is_first = from_.empty();
  const auto of_row = [this](Quantities quantities) {
    for (Quantity& quantity : quantities) quantity.symbol += suffix_;
    return quantities;
  };
  x_ = of_row(named("x", 0, traced.x, true));
  target_ = of_row(named("target_o", 0, traced.target, true));
  parameters_.resize(traced_.parameters().size());
  for (const Layer& layer : traced_.layers) {
    const bool last = &layer == &traced_.layers.back();
    // A batch's own are not shown but by its rows; no two have the same name.
    const std::int64_t rows = layer.z.dim(0);
    z_.push_back(of_row(named("z", layer.first_neuron * rows, layer.z, false)));
    h_.push_back(
        of_row(named(last ? "o" : "h", last ? 0 : layer.first_hidden * rows, layer.h, false)));
    const auto as_given = [&](std::size_t p) { return is_first || !traced_.is_trained(p); };
    parameters_[layer.weight_at] =
        named("W", layer.first_weight, layer.weight,
              layer.at->parameters[0].given != nullptr && as_given(layer.weight_at));
    // A bias that is not given starts at 0, which needs no decimals.
    if (layer.bias_at)
      parameters_[*layer.bias_at] =
          named("b", layer.first_bias, layer.bias, as_given(*layer.bias_at));
  }
  if (traced_.probabilities) probabilities_ = of_row(named("p", 0, traced_.probabilities, false));
  for (Elements* elements : {&formulas_, &computed_}) {
    elements->name(traced.x, x_);
    elements->name(traced.target, target_);
    elements->name(traced.rate, {{"rate", traced_.at(traced.rate), true}});
    for (std::size_t p = 0; p < parameters_.size(); ++p)
      elements->name(traced_.parameters()[p].variable, parameters_[p]);
  }
  // Those that the page has no lines for keep the engine's value.
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    gradients_.emplace_back();
    if (!traced_.is_trained(p)) continue;
    gradients_.back() = named("", 0, traced_.gradient(p), false);
    for (std::size_t e = 0; e < parameters_[p].size(); ++e) {
      gradients_[p][e].symbol = "d" + total_ + "/d" + parameters_[p][e].symbol;
      gradients_[p][e].role = Role::gradient;
    }
  }
}

std::size_t Builder::place_of(Value parameter) const {
  const auto found = std::ranges::find(traced_.parameters(), parameter, &nn::Parameter::variable);
  return static_cast<std::size_t>(found - traced_.parameters().begin());
}

// dense1.weight.m becomes m_W1, m_W2, ...
std::string Builder::memory(const Memory& memory, std::size_t parameter,
                            std::size_t element) const {
  return memory.letter + "_" + parameters_[parameter][element].symbol;
}

Quantity Builder::factor(const std::string& of, const std::string& by, double value,
                         bool given) const {
  Quantity quantity{"d" + of + "/d" + by, value, given};
  quantity.role = Role::gradient;
  if (tamper_) tamper_(quantity.symbol, quantity.value);
  return quantity;
}

bool Builder::wanted(const Quantity& parameter) const {
  return parameter_.empty() || parameter.symbol == parameter_;
}

}  // namespace chainrule::page
