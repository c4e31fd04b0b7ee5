#include "nn/place.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/suggest.h"
#include "chainrule/error.h"
#include "tensor/whole.h"

namespace chainrule::nn {
namespace {

constexpr std::string_view input_name = "input";

// What a training step calls its own.
constexpr std::array<std::string_view, 14> reserved{
    input_name,    "x",       "target",         "loss",         "learning_rate",
    "step",        "counter", "dropout_factor", "decay_factor", "share",
    "temperature", "spread",  "row_weight",     "log_share"};

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

std::string with_stop(std::string text) {
  if (!text.ends_with('.') && !text.ends_with('?')) text += '.';
  return text;
}

bool is_name(std::string_view name) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  return !name.empty() && std::ranges::all_of(name, fits) &&
         !std::isdigit(static_cast<unsigned char>(name.front()));
}

// An input of this shape as the layer takes it.
Shape taken(const PlacedLayer& at, const Shape& x) {
  switch (at.layer.record().takes) {
    case RowKind::any:
      break;
    case RowKind::features:
      return {x[0], x.row().size()};
    case RowKind::sequence:
      if (x.rank() != 3)
        throw UsageError(
            fmt::format("{} takes sequences, [time, features], and gets rows of shape {}. Set "
                        "input = [100, 3], "
                        "say, or put it in front of the layers that make rows of features",
                        at.name, x.row().to_string()));
      break;
    case RowKind::picture:
      if (x.rank() == 3) return {x[0], 1, x[1], x[2]};
      if (x.rank() != 4)
        throw UsageError(fmt::format(
            "{} takes pictures, [channels, height, width], and gets rows of shape {}. Set input = "
            "[1, 28, 28], say, or put it in front of the layers that make rows of features",
            at.name, x.row().to_string()));
      break;
  }
  return x;
}

bool is_unknown(const Shape& x) { return x.size() == 0; }

}  // namespace

std::string full_name(const PlacedLayer& at, const LayerParameter& parameter) {
  return fmt::format("{}.{}", at.owner, parameter.name);
}

// Dense{n} followed by an activation is Dense{n, activation}: one name, one initialiser.
bool Placer::is_own_activation(const Layer& layer) const {
  return layer.get_if<Activation>() != nullptr && layer.name().empty() && layer.inputs().empty() &&
         !layers_.empty() && activation_field(layers_.back().layer.record()) != nullptr &&
         activation_of(layers_.back().layer) == identity;
}

const PlacedLayer* Placer::find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &layers_[found->second];
}

void Placer::name(PlacedLayer& at) const {
  const std::string& own = at.layer.name();
  const auto count = counts_.find(at.layer.record().name);
  at.number = count == counts_.end() ? 1 : count->second + 1;
  at.name = own.empty() ? fmt::format("{}{}", at.layer.record().name, at.number) : own;
  if (!own.empty() && (!is_name(own) || std::ranges::find(reserved, own) != reserved.end()))
    throw UsageError(fmt::format(
        "a layer is called \"{}\"; give it a name of letters, digits and _ that is none of {}", own,
        fmt::join(reserved, ", ")));
  if (find(at.name) != nullptr)
    throw UsageError(fmt::format("two layers are called {}; give them different names", at.name));
}

void Placer::connect(PlacedLayer& at) const {
  const int before = static_cast<int>(layers_.size()) - 1;  // or network_input
  if (at.layer.inputs().empty()) at.inputs = {before};
  for (const std::string& input : at.layer.inputs()) {
    const PlacedLayer* layer = find(input);
    if (layer == nullptr && input != input_name) {
      std::vector<std::string> names{std::string(input_name)};
      for (const PlacedLayer& other : layers_) names.push_back(other.name);
      throw UsageError(fmt::format("{} reads \"{}\", and no layer before it has that name; {}",
                                   at.name, input, suggestion(input, names)));
    }
    at.inputs.push_back(layer == nullptr ? PlacedLayer::network_input
                                         : static_cast<int>(layer - layers_.data()));
  }
  const auto [least, most] = at.layer.record().inputs;
  const auto count = static_cast<int>(at.inputs.size());
  if (count < least || (most >= 0 && count > most))
    throw UsageError(fmt::format(
        "{} reads {} layer{}, and {} takes {}{}. Name them: inputs = [\"dense1\", \"input\"], say",
        at.name, count, count == 1 ? "" : "s", at.layer.record().name, least,
        most < 0 ? " or more" : ""));
}

void Placer::take(PlacedLayer& at) const {
  for (const int input : at.inputs) {
    const Shape& x =
        input == PlacedLayer::network_input ? x_ : layers_[static_cast<std::size_t>(input)].y;
    at.x.push_back(is_unknown(x) ? Shape{x[0], 0} : taken(at, x));
  }
  const bool all_known = std::ranges::none_of(at.x, is_unknown);
  // Of what is not known, layers of features alone can say something.
  if (!all_known && at.layer.record().takes != RowKind::features && at.layer.record().shape) {
    at.y = {x_[0], 0};
    return;
  }
  at.y = output_shape(at.layer, at.x);
  at.parameters = parameters_of(at.layer, at.x);
}

// Whose parameters it has.
void Placer::own(PlacedLayer& at) const {
  at.owner = at.name;
  if (at.layer.owner().empty()) return;
  const PlacedLayer* owner = find(at.layer.owner());
  if (owner == nullptr || &owner->layer.record() != &at.layer.record() || !owner->owns_parameters())
    throw UsageError(
        fmt::format("{} shares the parameters of \"{}\", and no {} layer of that name is before it",
                    at.name, at.layer.owner(), at.layer.record().name));
  const bool fits = std::ranges::equal(
      owner->parameters, at.parameters,
      [](const Shape& a, const Shape& b) { return a == b || is_unknown(a) || is_unknown(b); },
      &LayerParameter::shape, &LayerParameter::shape);
  if (!fits)
    throw UsageError(fmt::format("{} shares the parameters of {}, whose shapes are others", at.name,
                                 owner->name));
  at.owner = owner->name;
}

// Ids come from the data: no layer makes any.
void Placer::follow_input(PlacedLayer& at) const {
  const auto other = std::ranges::find_if(at.inputs, [&](int input) {
    return input != PlacedLayer::network_input &&
           !layers_[static_cast<std::size_t>(input)].gives_input;
  });
  at.gives_input = at.layer.record().moves_numbers && other == at.inputs.end();
  if (at.gives_input && at.layer.record().picks && at.inputs[0] == PlacedLayer::network_input)
    at.picked = at.layer.record().picks(at.layer);
  if (at.layer.record().ids && other != at.inputs.end())
    throw UsageError(
        fmt::format("{} takes ids, and {} gives other numbers. Let it read the network's input: "
                    "inputs = [\"input\"].",
                    at.name, layers_[static_cast<std::size_t>(*other)].name));
}

void Placer::place(const Layer& layer) {
  const auto* activation = layer.get_if<Activation>();
  if (activation != nullptr && *activation == identity && layer.name().empty() &&
      layer.inputs().empty())
    return;
  if (is_own_activation(layer)) {
    Layer& before = layers_.back().layer;
    before = with(before, *activation_field(before.record()), activation->name);
    // A first value may depend on it.
    layers_.back().parameters = parameters_of(before, layers_.back().x);
    return;
  }
  PlacedLayer at = look(layer);
  places_[at.name] = layers_.size();
  ++counts_[layer.record().name];
  layers_.push_back(std::move(at));
}

PlacedLayer Placer::look(const Layer& layer) const {
  PlacedLayer at{.layer = layer};
  name(at);
  connect(at);
  try {
    validate(layer);
    take(at);
  } catch (const UsageError& error) {
    const std::string text = with_stop(error.what());
    throw UsageError(text.starts_with(at.name) ? text : fmt::format("{}: {}", at.name, text));
  }
  own(at);
  follow_input(at);
  for (const LayerParameter& parameter : at.parameters)
    if (parameter.given != nullptr) require_given_fits(at, parameter);
  return at;
}

// How to make what the layer reads this wide.
std::string Placer::wider(const PlacedLayer& at, std::int64_t width) const {
  for (int input = at.inputs[0]; input != PlacedLayer::network_input;) {
    const PlacedLayer& before = layers_[static_cast<std::size_t>(input)];
    if (const Field* field = width_field(before.layer.record()))
      return fmt::format("(from {0}). Set {1} = {2} in {0}", before.name, field->name, width);
    input = before.inputs[0];
  }
  return fmt::format("(from the network's input). Set input = {}", width);
}

void Placer::require_given_fits(const PlacedLayer& at, const LayerParameter& parameter) const {
  const DoubleTensor& given = *parameter.given;
  require_whole(given);
  const Shape& wanted = parameter.shape;
  if (given.shape == wanted || is_unknown(wanted)) return;
  const std::string_view axis = *parameter.axes.begin();
  if (wanted.rank() == 1)
    throw UsageError(fmt::format("{}: expected {} numbers for the {}, one per {}, got shape {}.",
                                 at.name, wanted[0], parameter.name, axis,
                                 given.shape.to_string()));
  if (given.shape.rank() != 2 || wanted.rank() != 2 || given.shape[0] != wanted[0])
    throw UsageError(fmt::format("{}: expected a {} of shape {}, one row per {}, got {}.", at.name,
                                 parameter.name, wanted.to_string(), axis,
                                 given.shape.to_string()));
  throw UsageError(fmt::format(
      "{}: expected inputs of width {}, got {} {}, or give {} numbers in each row of the {} here.",
      at.name, given.shape[1], wanted[1], wider(at, given.shape[1]), wanted[1], parameter.name));
}

namespace {

void require_may_be_last(const PlacedLayer& at, std::string_view end) {
  const LayerRecord& last = at.layer.record();
  if (!last.never_last.empty())
    throw UsageError(fmt::format("{} {}, which {}. Put a dense layer after it, or leave it out.",
                                 end, last.name, last.never_last));
}

void require_all_read(const std::vector<PlacedLayer>& layers,
                      const std::vector<PlacedOutput>& outputs) {
  std::vector<char> is_read(layers.size(), 0);
  if (outputs.empty()) is_read.back() = 1;
  for (const PlacedOutput& output : outputs) is_read[output.place] = 1;
  for (const PlacedLayer& at : layers)
    for (const int input : at.inputs)
      if (input >= 0) is_read[static_cast<std::size_t>(input)] = 1;
  const auto unread = static_cast<std::size_t>(std::ranges::find(is_read, 0) - is_read.begin());
  if (unread < layers.size())
    throw UsageError(
        fmt::format("no layer reads {}. Name it among the inputs of another{}, or leave "
                    "it out.",
                    layers[unread].name, outputs.empty() ? "" : " or among the outputs"));
}

}  // namespace

std::vector<PlacedOutput> placed_outputs(const Network& model,
                                         const std::vector<PlacedLayer>& layers) {
  std::vector<PlacedOutput> outputs;
  for (const std::string& name : model.outputs) {
    const auto at = std::ranges::find(layers, name, &PlacedLayer::name);
    if (at == layers.end()) {
      std::vector<std::string> names(layers.size());
      std::ranges::transform(layers, names.begin(), &PlacedLayer::name);
      throw UsageError(fmt::format("the network's output \"{}\" is no layer of it; {}", name,
                                   suggestion(name, names)));
    }
    if (std::ranges::count(model.outputs, name) > 1)
      throw UsageError(fmt::format("{} is named twice among the network's outputs.", name));
    require_may_be_last(*at, fmt::format("the network's output {} is", name));
    if (at->layer.record().has_members || at->y.rank() != 2)
      throw UsageError(
          fmt::format("the network's output {} gives rows of shape {}, and outputs are rows of "
                      "numbers. Put a flatten or a dense layer behind it, and name that one.",
                      name, at->y.row().to_string()));
    outputs.push_back({static_cast<std::size_t>(at - layers.begin()), at->y[1]});
  }
  return outputs;
}

std::vector<PlacedLayer> placed(const Network& model, const Shape& x) {
  if (model.layers.empty())
    throw UsageError("the network has no layer. Give it at least one, such as Dense{1}.");
  Placer placer(x);
  for (const Layer& layer : model.layers) placer.place(layer);
  std::vector<PlacedLayer> layers = placer.layers();
  const std::vector<PlacedOutput> outputs = placed_outputs(model, layers);
  if (layers.empty()) return layers;  // identities
  if (outputs.empty()) require_may_be_last(layers.back(), "the network ends in");
  require_all_read(layers, outputs);
  settle_training(model, layers);
  return layers;
}

Shape prediction_shape(const Network& model, const std::vector<PlacedLayer>& layers,
                       const Shape& x) {
  if (layers.empty()) return x;
  if (!model.outputs.empty()) {
    std::int64_t width = 0;
    for (const PlacedOutput& output : placed_outputs(model, layers)) width += output.width;
    return {x[0], width};
  }
  const Shape& y = layers.back().y;
  return layers.back().layer.record().has_members ? Shape{y[0], y[2]} : y;
}

Shape input_shape(const Network& model, const Shape& x) {
  std::optional<Shape> taken_by_all;
  for (const PlacedLayer& at : placed(model, x))
    for (std::size_t i = 0; i < at.inputs.size(); ++i) {
      if (at.inputs[i] != PlacedLayer::network_input) continue;
      if (taken_by_all.value_or(at.x[i]) != at.x[i]) return x;
      taken_by_all = at.x[i];
    }
  return taken_by_all.value_or(x);
}

std::vector<InputIds> input_ids(const Network& model, const Shape& x) {
  std::vector<InputIds> all;
  const std::vector<PlacedLayer> layers = placed(model, x);
  for (const PlacedLayer& at : layers) {
    const auto& ids = at.layer.record().ids;
    if (!ids) continue;
    all.push_back({at.name, ids(at.layer)});
    const int input = at.inputs[0];
    if (input != PlacedLayer::network_input)
      all.back().features = layers[static_cast<std::size_t>(input)].picked;
  }
  return all;
}

bool draws(const Network& model) {
  return std::ranges::any_of(model.layers, [](const Layer& layer) { return layer.record().draws; });
}

Activation last_activation(const Network& model) {
  // What it is does not depend on shapes.
  for (auto layer = model.layers.rbegin(); layer != model.layers.rend(); ++layer) {
    const auto* activation = layer->get_if<Activation>();
    if (activation == nullptr) return activation_of(*layer);
    if (*activation != identity) return *activation;
  }
  return identity;
}

Activation last_activation(const PlacedLayer& at) {
  const auto* activation = at.layer.get_if<Activation>();
  return activation == nullptr ? activation_of(at.layer) : *activation;
}

}  // namespace chainrule::nn
