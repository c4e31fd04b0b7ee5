#include "networks/drawn_network.h"

#include <algorithm>

#include <fmt/format.h>

#include "networks/drawn_layers.h"
#include "networks/drawn_numbers.h"
#include "networks/growing.h"
#include "train/network/network_file.h"

namespace chainrule::drawn {
namespace {

constexpr std::int64_t most_outputs = 12;

Optimizer draw_optimizer(Drawing& draw) {
  const double decay = draw.chance(0.5) ? 0 : draw.magnitude(1e-3, 0.2);
  // A gradient of which nothing is left but rounding is divided by it.
  const double epsilon = draw.magnitude(1e-5, 1e-2);
  switch (draw.from(0, 4)) {
    case 0: {
      const double momentum = draw.chance(0.4) ? 0 : draw.between(0.3, 0.95);
      return SGD{.learning_rate = draw.magnitude(1e-3, 0.1),
                 .momentum = momentum,
                 .nesterov = momentum > 0 && draw.chance(0.5),
                 .weight_decay = decay};
    }
    case 1:
      return Adam{.learning_rate = draw.magnitude(1e-4, 0.02),
                  .beta1 = draw.chance(0.1) ? 0 : draw.between(0.5, 0.95),
                  .beta2 = draw.between(0.9, 0.999),
                  .epsilon = epsilon,
                  .weight_decay = decay};
    case 2:
      return AdamW{.learning_rate = draw.magnitude(1e-4, 0.02),
                   .beta1 = draw.between(0.5, 0.95),
                   .beta2 = draw.between(0.9, 0.999),
                   .epsilon = epsilon,
                   .weight_decay = decay};
    case 3:
      return RMSProp{.learning_rate = draw.magnitude(1e-4, 0.02),
                     .decay = draw.between(0.8, 0.99),
                     .epsilon = epsilon,
                     .weight_decay = decay};
    default:
      return Adagrad{
          .learning_rate = draw.magnitude(1e-3, 0.05), .epsilon = epsilon, .weight_decay = decay};
  }
}

Shape draw_row(Drawing& draw) {
  switch (draw.from(0, 3)) {
    case 0:
      return {draw.from(1, 9)};
    case 1:
      return {draw.from(3, 9), draw.from(1, 6)};
    default:
      return {draw.from(1, 4), draw.from(3, 9), draw.from(3, 8)};
  }
}

// The activation of a last layer, which has to give what the loss takes.
nn::Activation draw_last_activation(Drawing& draw, const std::string& loss) {
  const nn::Activation any = draw_activation(draw);
  if (loss == "cross_entropy") return draw.chance(0.5) ? nn::identity : nn::softmax;
  if (loss == "binary_cross_entropy") return draw.chance(0.5) ? nn::identity : nn::sigmoid;
  return any;
}

// Several outputs, each with its part of the loss.
void finish_with_heads(Drawing& draw, DrawnTraining& training, Growing& growing) {
  const int trunk = growing.current();
  training.outputs = 0;
  for (std::int64_t i = draw.from(2, 3); i > 0; --i) {
    Loss part{.name = std::string(draw.one_in(loss_names())), .delta = draw.magnitude(0.1, 2)};
    const bool is_pinball = part.name == "pinball";
    if (is_pinball) part.levels = {single(draw.between(0.05, 0.95))};
    if (draw.chance(0.7)) part.weight = single(draw.magnitude(0.2, 5));
    const std::int64_t units = is_pinball ? 1 : draw.from(part.name == "cross_entropy" ? 2 : 1, 4);
    growing.head(trunk, draw_last_activation(draw, part.name), units);
    part.output = training.layers.back().name;
    training.heads.push_back(growing.current());
    training.loss.parts.push_back(std::move(part));
    training.outputs += units;
  }
}

// The last layer has to give what the loss takes.
void finish(Drawing& draw, DrawnTraining& training, Growing& growing) {
  training.loss = {.name = std::string(draw.one_in(loss_names())), .delta = draw.magnitude(0.1, 2)};
  const bool classes = training.loss.name == "cross_entropy",
             logits = classes || training.loss.name == "binary_cross_entropy";
  const bool learns = std::ranges::any_of(training.layers, [&](const DrawnLayer& at) {
    return has_parameters(at) && at.owner < 0 && !at.is_frozen;
  });
  const Shape& y = growing.current_shape();
  const std::int64_t outputs = y[y.rank() - 1];
  const std::string& kind = training.layers.back().kind;
  // In rows of another shape an activation before the last layer is still the last one.
  const bool hides_activation = kind == "flatten" || kind == "reshape";
  const bool fits =
      learns && (y.rank() == 1 || training.has_members()) && kind != "dropout" &&
      outputs <= most_outputs && (!classes || outputs > 1) &&
      (!logits || (!hides_activation && activation_of(training.layers.back()) == nn::identity));
  if (!fits || draw.chance(0.7)) {
    const nn::Activation last = draw_last_activation(draw, training.loss.name);
    growing.last_layer(last, classes ? draw.from(2, 5) : draw.from(1, 5));
  }
  const Shape& last = growing.current_shape();
  training.outputs = last[last.rank() - 1];
}

bool all_readers_take_pictures(const DrawnTraining& training) {
  return std::ranges::all_of(training.layers, [](const DrawnLayer& at) {
    return std::ranges::count(at.reads, DrawnLayer::network_input) == 0 ||
           at.kind.ends_with("2d") || at.kind.ends_with("pool");
  });
}

}  // namespace

DrawnTraining draw_training(std::uint64_t seed, const Drawn& also) {
  Drawing draw(seed);
  DrawnTraining training;
  training.seed = seed;
  training.row = draw_row(draw);
  training.batch = draw.from(2, 7);
  Growing growing(draw, training, also);
  growing.grow();
  if (growing.current_shape().rank() == 1 && draw.chance(0.2))
    finish_with_heads(draw, training, growing);
  else
    finish(draw, training, growing);
  training.optimizer = draw_optimizer(draw);
  if (draw.chance(0.3)) training.clip_norm = draw.magnitude(0.03, 3);
  training.is_without_channel = training.row.rank() == 3 && training.row[0] == 1 &&
                                all_readers_take_pictures(training) && draw.chance(0.7);
  draw_data(draw, training);
  return training;
}

nn::Network DrawnTraining::network() const {
  nn::Network network;
  for (const DrawnLayer& at : layers) {
    nn::Layer layer = at.layer;
    if (at.is_named) layer = layer.named(at.name);
    std::vector<std::string> inputs;
    for (const int place : at.reads)
      inputs.push_back(place == DrawnLayer::network_input
                           ? "input"
                           : layers[static_cast<std::size_t>(place)].name);
    if (!at.is_next) layer = layer.from(inputs);
    if (at.owner >= 0) layer = layer.sharing(layers[static_cast<std::size_t>(at.owner)].name);
    if (at.is_frozen) layer = layer.frozen();
    network.layers.push_back(layer);
  }
  for (std::size_t i = 0; i < heads.size(); ++i) network.outputs.push_back(head(i).name);
  return network;
}

Shape DrawnTraining::engine_row() const { return is_without_channel ? row.row() : row; }

std::string DrawnTraining::full_name(const DrawnLayer& at, const DrawnParameter& parameter) const {
  const DrawnLayer& owner = at.owner < 0 ? at : layers[static_cast<std::size_t>(at.owner)];
  return fmt::format("{}.{}", owner.name, parameter.name);
}

std::string DrawnTraining::describe() const {
  return fmt::format(
      "# network {}, rows {}, batches of {}, {} outputs, clipped to a norm of {} (0: not)\n{}",
      seed, engine_row().to_string(), batch, outputs, clip_norm,
      to_toml({.input = engine_row(),
               .seed = seed,
               .model = network(),
               .loss = loss,
               .optimizer = optimizer,
               .examples = {}}));
}

}  // namespace chainrule::drawn
