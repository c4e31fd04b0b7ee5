#include "nn/place.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "tensor/whole.h"

namespace chainrule::nn {
namespace {

// The field that holds a layer's own activation, or null.
const Field* activation_field(const LayerRecord& record) {
  for (const Field& field : record.fields)
    if (field.words == activation_names) return &field;
  return nullptr;
}

Activation activation_of(const Layer& layer) {
  const Field* field = activation_field(layer.record());
  return field == nullptr ? identity
                          : Activation{std::get<std::string>(field->get(layer.fields()))};
}

// Dense{n} followed by an activation is Dense{n, activation}: one name, one initialiser.
std::vector<Layer> merged(const std::vector<Layer>& layers) {
  std::vector<Layer> result;
  for (const Layer& layer : layers) {
    const auto* activation = layer.get_if<Activation>();
    if (activation == nullptr) {
      result.push_back(layer);
      continue;
    }
    if (*activation == identity) continue;
    const Field* own = result.empty() ? nullptr : activation_field(result.back().record());
    if (own != nullptr && activation_of(result.back()) == identity)
      result.back() = with(result.back(), *own, activation->name);
    else
      result.push_back(layer);
  }
  return result;
}

// Walks the layers from the inputs to the output.
class Placer {
 public:
  explicit Placer(const Shape& x) : x_(x) {}

  PlacedLayer place(const Layer& layer) {
    const LayerRecord& record = layer.record();
    const std::uint64_t number = ++counts_[record.name];
    PlacedLayer at{.name = fmt::format("{}{}", record.name, number),
                   .number = number,
                   .layer = layer,
                   .x = x_};
    try {
      validate(layer);
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("{}: {}.", at.name, without_stop(error.what())));
    }
    at.y = output_shape(layer, x_);
    at.parameters = parameters_of(at.layer, x_);
    for (const LayerParameter& parameter : at.parameters)
      if (parameter.given != nullptr) require_given_fits(at, parameter);
    if (const Field* field = width_field(record)) {
      source_ = at.name;
      source_field_ = field->name;
    }
    x_ = at.y;
    return at;
  }

 private:
  static std::string without_stop(std::string text) {
    if (text.ends_with('.')) text.pop_back();
    return text;
  }

  void require_given_fits(const PlacedLayer& at, const LayerParameter& parameter) const {
    const DoubleTensor& given = *parameter.given;
    require_whole(given);
    const Shape& wanted = parameter.shape;
    if (given.shape == wanted) return;
    const std::string_view axis = *parameter.axes.begin();
    if (wanted.rank() == 1)
      throw UsageError(fmt::format("{}: expected {} numbers for the {}, one per {}, got shape {}.",
                                   at.name, wanted[0], parameter.name, axis,
                                   given.shape.to_string()));
    if (given.shape.rank() != 2 || wanted.rank() != 2 || given.shape[0] != wanted[0])
      throw UsageError(fmt::format("{}: expected a {} of shape {}, one row per {}, got {}.",
                                   at.name, parameter.name, wanted.to_string(), axis,
                                   given.shape.to_string()));
    const std::string out =
        source_.empty() ? fmt::format("Set input = {}", given.shape[1])
                        : fmt::format("Set {} = {} in {}", source_field_, given.shape[1], source_);
    throw UsageError(fmt::format(
        "{}: expected inputs of width {}, got {} (from {}). {}, or give {} numbers in "
        "each row of the {} here.",
        at.name, given.shape[1], wanted[1], source_.empty() ? "the network's input" : source_, out,
        wanted[1], parameter.name));
  }

  Shape x_;
  std::map<std::string_view, std::uint64_t> counts_;
  std::string source_;  // the layer that set the width; empty: the network's input
  std::string_view source_field_;
};

}  // namespace

std::vector<PlacedLayer> placed(const Sequential& model, const Shape& x) {
  if (model.layers.empty())
    throw UsageError("the network has no layer. Give it at least one, such as Dense{1}.");
  const std::vector<Layer> layers = merged(model.layers);
  if (!layers.empty() && !layers.back().record().never_last.empty())
    throw UsageError(fmt::format(
        "the network ends in {}, which {}. Put a dense layer after it, or leave it out.",
        layers.back().record().name, layers.back().record().never_last));
  Placer placer(x);
  std::vector<PlacedLayer> result;
  for (const Layer& layer : layers) result.push_back(placer.place(layer));
  return result;
}

bool draws(const Sequential& model) {
  return std::ranges::any_of(model.layers, [](const Layer& layer) { return layer.record().draws; });
}

Activation last_activation(const Sequential& model) {
  const std::vector<Layer> layers = merged(model.layers);
  return layers.empty() ? identity : activation_of(layers.back());
}

}  // namespace chainrule::nn
