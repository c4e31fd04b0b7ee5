#include "networks/drawn_network.h"

#include <algorithm>

#include <fmt/format.h>

#include "networks/drawing.h"
#include "networks/drawn_layers.h"
#include "train/network/network_file.h"

namespace chainrule::drawn {
namespace {

constexpr std::int64_t most_outputs = 12;

bool has_parameters(const DrawnLayer& layer) { return !layer.parameters.empty(); }

bool have_one_shape(const std::vector<DrawnParameter>& a, const std::vector<DrawnParameter>& b) {
  return std::ranges::equal(a, b, {}, &DrawnParameter::shape, &DrawnParameter::shape);
}

bool has_activation_field(const DrawnLayer& at) {
  return at.kind.ends_with("dense") || at.kind.starts_with("conv");
}

// Whether such a layer may read rows of this shape.
bool takes(const DrawnLayer& at, const Shape& x) {
  if (at.kind == "embedding") return false;  // no ids come later
  if (at.kind == "reshape") return at.x.size() == x.size();
  if (const auto* members = at.layer.get_if<nn::MemberDense>())
    return x.rank() == 1 || (x.rank() == 2 && x[0] == members->members);
  if (at.kind == "conv1d") return x.rank() == 2;
  if (at.kind.starts_with("conv") && x.rank() != 3) return false;
  if (const auto* conv2d = at.layer.get_if<nn::Conv2d>()) return x[0] % conv2d->groups == 0;
  return at.kind != "group_norm" || x.rank() != 2;
}

// Layers one after the other, now and then with a detour.
class Growing {
 public:
  Growing(Drawing& draw, DrawnTraining& training, const Drawn& also)
      : draw_(draw), training_(training), also_(also) {}

  void grow() {
    if (training_.row.rank() == 1 && draw_.chance(0.2)) embed();
    if (training_.layers.empty() && training_.row.size() > 1 && training_.row.rank() == 1 &&
        draw_.chance(0.3))
      columns();
    const auto blocks = draw_.from(1, 5);
    for (std::int64_t i = 0; i < blocks; ++i) {
      const double kind = draw_.between(0, 1);
      if (kind < 0.5)
        one_layer();
      else if (kind < 0.7)
        residual();
      else if (kind < 0.82)
        branches();
      else
        again();
      if (also_.dropout && draw_.chance(0.25))
        append(layer_on(nn::Dropout{.rate = draw_.between(0.1, 0.6)}, current_shape()),
               {current()});
    }
    const bool ends_in_members = draw_.chance(0.25);
    while (current_shape().rank() > (ends_in_members ? 2 : 1)) to_features();
  }

  int current() const { return static_cast<int>(training_.layers.size()) - 1; }
  const Shape& current_shape() const { return shape(current()); }

  // Members where the rows are members', and now and then else.
  void last_layer(const nn::Activation& activation, std::int64_t units) {
    const Shape& x = current_shape();
    nn::Layer last = nn::Dense{.units = units, .activation = activation};
    if (x.rank() == 2 || draw_.chance(0.2))
      last = nn::MemberDense{.units = units,
                             .members = x.rank() == 2 ? x[0] : draw_.from(1, 4),
                             .activation = activation,
                             .apart = draw_.chance(0.6)};
    append(layer_on(last, x), {current()});
    training_.layers.back().is_frozen = false;
  }

 private:
  const Shape& shape(int place) const {
    return place == DrawnLayer::network_input ? training_.row
                                              : training_.layers[static_cast<std::size_t>(place)].y;
  }

  // A first layer that takes the rows for ids.
  void embed() {
    const std::int64_t ids = draw_.from(1, 6);
    training_.ids.assign(static_cast<std::size_t>(training_.row.size()), ids);
    append(layer_on(nn::Embedding{.entries = ids, .size = draw_.from(1, 4)}, current_shape()),
           {current()});
  }

  // As a table's rows begin: some columns are ids, the others numbers, and each kind has its way.
  void columns() {
    const auto count = training_.row.size(), first = draw_.from(1, count - 1);
    nn::Pick words, numbers;
    for (std::int64_t i = 0; i < count; ++i) (i < first ? words : numbers).features.push_back(i);
    const std::int64_t ids = draw_.from(1, 6);
    training_.ids.assign(static_cast<std::size_t>(first), ids);
    training_.ids.resize(static_cast<std::size_t>(count), 0);
    append(layer_on(words, training_.row), {DrawnLayer::network_input});
    append(layer_on(nn::Embedding{.entries = ids, .size = draw_.from(1, 3)}, current_shape()),
           {current()});
    append(layer_on(nn::Flatten{}, current_shape()), {current()});
    std::vector<int> reads{current()};
    append(layer_on(numbers, training_.row), {DrawnLayer::network_input});
    if (draw_.chance(0.7))
      append(layer_on(nn::PiecewiseLinear{.bins = draw_.from(1, 4), .size = draw_.from(1, 3)},
                      current_shape()),
             {current()});
    reads.push_back(current());
    if (draw_.chance(0.5)) std::swap(reads.front(), reads.back());
    concatenate(reads);
  }

  void concatenate(const std::vector<int>& reads) {
    DrawnLayer joined = layer_on(nn::Concatenate{}, shape(reads.front()));
    std::int64_t features = 0;
    for (const int place : reads) features += features_of(shape(place));
    joined.y = joined.x.with(joined.x.rank() == 3 ? 0 : joined.x.rank() - 1, features);
    append(std::move(joined), reads);
  }

  void one_layer() {
    for (int tries = 0; tries < 20; ++tries) {
      std::optional<DrawnLayer> layer = draw_layer(draw_, current_shape());
      if (!layer) continue;
      append(std::move(*layer), {current()}, true);
      return;
    }
  }

  void keeping_layer(int from) {
    append(draw_keeping_layer(draw_, shape(from), features_of(shape(from))), {from});
  }

  void residual() {
    const int base = current();
    keeping_layer(base);
    std::vector<int> reads{base, current()};
    if (draw_.chance(0.5)) {
      keeping_layer(current());
      if (draw_.chance(0.3))
        reads.push_back(current());
      else
        reads.back() = current();
    }
    if (draw_.chance(0.5)) std::swap(reads.front(), reads.back());
    const Shape& x = shape(base);
    append(draw_.chance(0.6) ? layer_on(nn::Add{}, x) : layer_on(nn::Multiply{}, x), reads);
  }

  void branches() {
    const int base = current();
    std::vector<int> reads;
    for (int i = 0; i < 2; ++i) {
      const std::int64_t features = draw_.chance(0.5) ? features_of(shape(base)) : draw_.from(1, 3);
      append(draw_keeping_layer(draw_, shape(base), features), {base});
      reads.push_back(current());
    }
    if (draw_.chance(0.3)) reads.push_back(base);
    if (draw_.chance(0.5)) std::swap(reads.front(), reads.back());
    concatenate(reads);
  }

  // An earlier layer once more, with its parameters.
  void again() {
    std::vector<std::pair<int, DrawnLayer>> fitting;
    for (int place = 0; place <= current(); ++place) {
      const DrawnLayer& owner = training_.layers[static_cast<std::size_t>(place)];
      if (!has_parameters(owner) || owner.owner >= 0 || !takes(owner, current_shape())) continue;
      DrawnLayer layer = layer_on(owner.layer, current_shape());
      if (layer.y.size() > 0 && have_one_shape(layer.parameters, owner.parameters))
        fitting.emplace_back(place, std::move(layer));
    }
    if (fitting.empty()) return one_layer();
    auto [owner, layer] = draw_.one_in(fitting);
    layer.owner = owner;
    append(std::move(layer), {current()});
  }

  void to_features() {
    const Shape& x = current_shape();
    if (x.rank() == 3 && draw_.chance(0.4))
      append(draw_.chance(0.5) ? layer_on(nn::GlobalAveragePool{}, x)
                               : layer_on(nn::GlobalMaxPool{}, x),
             {current()});
    else if (draw_.chance(0.5))
      append(layer_on(nn::Flatten{}, x), {current()});
    else
      append(
          layer_on(nn::Dense{.units = draw_.from(1, 6), .activation = draw_activation(draw_)}, x),
          {current()});
  }

  void share(DrawnLayer& at) {
    if (!has_parameters(at) || at.owner >= 0 || !draw_.chance(0.5)) return;
    for (std::size_t place = 0; place < training_.layers.size(); ++place) {
      const DrawnLayer& other = training_.layers[place];
      if (other.kind != at.kind || other.owner >= 0) continue;
      if (!have_one_shape(other.parameters, at.parameters)) continue;
      at.owner = static_cast<int>(place);
      return;
    }
  }

  // A nameless activation right behind a layer that has none is that layer's own: only where nobody
  // reads the layer without it.
  bool becomes_part_of_the_last(const DrawnLayer& at) const {
    if (at.kind != "activation" || at.is_named || !at.is_next || training_.layers.empty())
      return false;
    const DrawnLayer& last = training_.layers.back();
    return has_activation_field(last) && activation_of(last) == nn::identity;
  }

  void append(DrawnLayer at, std::vector<int> reads, bool may_be_nameless = false) {
    share(at);
    at.reads = std::move(reads);
    at.is_frozen = has_parameters(at) && draw_.chance(0.12);
    at.is_next = at.reads == std::vector<int>{current()} && draw_.chance(0.7);
    at.is_named = at.kind == "activation" && !may_be_nameless ? true : draw_.chance(0.25);
    if (becomes_part_of_the_last(at)) {
      at.name = training_.layers.back().name;
    } else {
      const int number = ++counts_[at.kind];
      at.name = at.is_named ? fmt::format("{}_{}", draw_.one_of({"left", "right", "deep"}),
                                          training_.layers.size())
                            : fmt::format("{}{}", at.kind, number);
    }
    training_.layers.push_back(std::move(at));
  }

  Drawing& draw_;
  DrawnTraining& training_;
  Drawn also_;
  std::map<std::string, int> counts_{};
};

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
    nn::Activation last = draw_activation(draw);
    if (logits) last = draw.chance(0.5) ? nn::identity : classes ? nn::softmax : nn::sigmoid;
    growing.last_layer(last, classes ? draw.from(2, 5) : draw.from(1, 5));
  }
  const Shape& last = growing.current_shape();
  training.outputs = last[last.rank() - 1];
}

Numbers draw_numbers(Drawing& draw, std::int64_t count, double scale, double middle = 0) {
  Numbers numbers(static_cast<std::size_t>(count));
  for (double& number : numbers) number = single(middle + scale * draw.normal());
  return numbers;
}

// Of each feature in order, not so near each other that rounding grows between them; now and then
// the last ones are equal, as of a column with few values.
DoubleTensor draw_edges(Drawing& draw, const Shape& shape) {
  DoubleTensor edges(shape);
  const std::int64_t count = shape[1];
  for (auto row = edges.values.begin(); row != edges.values.end(); row += count) {
    row[0] = single(draw.between(-1.5, 0));
    for (std::int64_t i = 1; i < count; ++i) row[i] = single(row[i - 1] + draw.between(0.25, 1));
    if (count > 2 && draw.chance(0.2)) row[count - 1] = row[count - 2];
  }
  return edges;
}

// No 0 and no 1, the values that hide a term: biases and scales start at random too.
DoubleTensor draw_start(Drawing& draw, const DrawnLayer& at, const DrawnParameter& parameter) {
  const Shape& shape = parameter.shape;
  if (parameter.decays) {
    const auto inputs = shape.size() / shape[at.kind == "conv_transpose2d" ? 1 : 0];
    return {shape, draw_numbers(draw, shape.size(), 1 / std::sqrt(static_cast<double>(inputs)))};
  }
  if (parameter.name == "weight" || parameter.name.ends_with("factor"))
    return {shape, draw_numbers(draw, shape.size(), 0.3, 1)};
  if (parameter.name == "edge") return draw_edges(draw, shape);
  DoubleTensor start{shape, draw_numbers(draw, shape.size(), 0.3)};
  if (parameter.name == "variance")
    for (double& number : start.values) number = 0.5 + std::abs(number);
  return start;
}

Numbers draw_target(Drawing& draw, const DrawnTraining& training) {
  const auto width = static_cast<std::size_t>(training.outputs);
  Numbers target = draw_numbers(draw, training.batch * training.outputs, 1);
  if (training.loss.name == "binary_cross_entropy")
    for (double& number : target)
      number = draw.chance(0.5) ? (number > 0 ? 1 : 0) : single(draw.between(0, 1));
  if (training.loss.name != "cross_entropy") return target;
  for (std::size_t row = 0; row < target.size(); row += width) {
    const bool is_one_hot = draw.chance(0.6);
    const auto actual = static_cast<std::size_t>(draw.from(0, training.outputs - 1));
    for (std::size_t i = 0; i < width; ++i)
      target[row + i] =
          is_one_hot ? (i == actual ? 1 : 0) : single(1.0 / static_cast<double>(width));
    if (!is_one_hot) target[row + actual] += 0.0625;  // no sum of 1 is asked for
  }
  return target;
}

Numbers draw_x(Drawing& draw, const DrawnTraining& training) {
  Numbers x = draw_numbers(draw, training.batch * training.row.size(), 1);
  if (training.ids.empty()) return x;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (const std::int64_t ids = training.ids[i % training.ids.size()]; ids > 0)
      x[i] = static_cast<double>(draw.from(0, ids - 1));
  return x;
}

void draw_data(Drawing& draw, DrawnTraining& training) {
  for (const DrawnLayer& at : training.layers)
    if (at.owner < 0)
      for (const DrawnParameter& parameter : at.parameters)
        training.start.emplace(training.full_name(at, parameter), draw_start(draw, at, parameter));
  const double rate = learning_rate(training.optimizer);
  for (int step = 0; step < steps; ++step) {
    training.batches.push_back(
        {.x = draw_x(draw, training), .target = draw_target(draw, training)});
    training.rates.push_back(single(rate * (1 - 0.03 * step)));
  }
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
