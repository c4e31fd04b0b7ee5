// The network in columns, and in it the way on which one parameter acts on the error.
#include "explain/worked/builder.h"

namespace chainrule::page {

Diagram Builder::diagram() const {
  Diagram diagram{{Phrase::network_title}, {{Phrase::diagram_text}}, {}};
  if (!parameter_.empty()) diagram.caption.push_back({Phrase::diagram_lit, {Quantity{parameter_}}});
  Column inputs{{Phrase::input_layer}, {}};
  for (const Quantity& x : x_) inputs.neurons.push_back({x});
  diagram.columns.push_back(std::move(inputs));
  for (std::size_t l = 0; l < traced_.layers.size(); ++l)
    diagram.columns.push_back(diagram_column(l, diagram.columns.back()));
  return diagram;
}

// A neuron is lit if the parameter is its own or it hears of one that is lit; so is the input that
// the parameter multiplies, which is a factor of the gradient.
Column Builder::diagram_column(std::size_t l, Column& before) const {
  const Layer& layer = traced_.layers[l];
  const bool last = l + 1 == traced_.layers.size();
  Column column{last ? Sentence{Phrase::output_layer}
                     : Sentence{Phrase::hidden_layer, {static_cast<std::int64_t>(l + 1)}},
                {}};
  const auto asked = [&](const Quantity& p) { return !parameter_.empty() && wanted(p); };
  std::vector<bool> heard;
  for (const Neuron& neuron : before.neurons) heard.push_back(neuron.lit);
  for (std::size_t i = 0; i < h_[l].size(); ++i) {
    Neuron neuron{h_[l][i]};
    if (layer.bias) neuron.bias = parameters_[*layer.bias][i];
    if (last) neuron.target = target_[i];
    neuron.lit = neuron.bias && asked(*neuron.bias);
    for (std::size_t k = 0; k < heard.size(); ++k) {
      const Quantity& weight = parameters_[layer.weight][i * heard.size() + k];
      const bool own = asked(weight), lit = own || heard[k];
      neuron.lit = neuron.lit || lit;
      if (own) before.neurons[k].lit = true;
      column.connections.push_back({k, i, weight, lit});
    }
    column.neurons.push_back(std::move(neuron));
  }
  return column;
}

}  // namespace chainrule::page
