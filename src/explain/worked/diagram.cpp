// The network in columns, and in it the way on which one parameter acts on the error.
#include <algorithm>

#include "explain/step/network_diagram.h"
#include "explain/worked/builder.h"

namespace chainrule::page {

// Lit are the parameter's own neuron and all that hear of it; so is the input that it multiplies,
// which is a factor of the gradient.
Diagram Builder::diagram() const {
  Drawn drawn{.count = traced_.layers.size() + 1};
  drawn.columns.resize(drawn.count);
  for (std::size_t i = 0; i < x_.size(); ++i)
    drawn.columns[0][static_cast<std::int64_t>(i)] = false;
  bool is_heard = false;
  for (std::size_t l = 0; l < traced_.layers.size(); ++l) {
    const Layer& layer = traced_.layers[l];
    for (std::int64_t unit = 0; unit < layer.units(); ++unit) {
      bool& lit = drawn.columns[l + 1][unit] = is_heard || is_asked(layer.bias_at, unit);
      for (std::int64_t input = 0; input < layer.inputs(); ++input)
        if (is_asked(layer.weight_at, unit * layer.inputs() + input))
          lit = drawn.columns[l][input] = true;
    }
    for (const auto& [unit, lit] : drawn.columns[l + 1]) is_heard = is_heard || lit;
  }
  drawn.neuron = [this](std::size_t column, std::int64_t unit) {
    const auto i = static_cast<std::size_t>(unit);
    if (column == 0) return Neuron{x_[i]};
    const Layer& layer = traced_.layers[column - 1];
    Neuron neuron{h_[column - 1][i]};
    if (layer.bias_at)
      neuron.bias =
          parameters_[*layer.bias_at][std::min(i, parameters_[*layer.bias_at].size() - 1)];
    if (column == traced_.layers.size()) neuron.target = target_[i];
    return neuron;
  };
  drawn.weight = [this](std::size_t column, std::int64_t unit, std::int64_t input) {
    const Layer& layer = traced_.layers[column - 1];
    return parameters_[layer.weight_at][static_cast<std::size_t>(unit * layer.inputs() + input)];
  };
  std::vector<Sentence> caption{{Phrase::diagram_text}};
  if (!parameter_.empty()) caption.push_back({Phrase::diagram_lit, {Quantity{parameter_}}});
  return diagram_of(drawn, std::move(caption));
}

bool Builder::is_asked(std::optional<std::size_t> parameter, std::int64_t element) const {
  return parameter && !parameter_.empty() &&
         parameters_[*parameter][std::min(static_cast<std::size_t>(element),
                                          parameters_[*parameter].size() - 1)]
                 .symbol == parameter_;
}

}  // namespace chainrule::page
