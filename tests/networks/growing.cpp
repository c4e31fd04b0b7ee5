#include "networks/growing.h"

#include <algorithm>

#include <fmt/format.h>

#include "networks/drawn_layers.h"

namespace chainrule::drawn {
namespace {

bool have_one_shape(const std::vector<DrawnParameter>& a, const std::vector<DrawnParameter>& b) {
  return std::ranges::equal(a, b, {}, &DrawnParameter::shape, &DrawnParameter::shape);
}

bool has_activation_field(const DrawnLayer& at) {
  return at.kind.ends_with("dense") || at.kind.starts_with("conv");
}

// Whether such a layer may read rows of this shape.
bool takes(const DrawnLayer& at, const Shape& x) {
  if (at.kind.starts_with("embedding")) return false;  // no ids come later
  if (at.kind == "reshape") return at.x.size() == x.size();
  if (const auto* members = at.layer.get_if<nn::MemberDense>())
    return x.rank() == 1 || (x.rank() == 2 && x[0] == members->members);
  if (at.kind == "conv1d") return x.rank() == 2;
  if (at.kind.starts_with("conv") && x.rank() != 3) return false;
  if (const auto* conv2d = at.layer.get_if<nn::Conv2d>()) return x[0] % conv2d->groups == 0;
  return at.kind != "group_norm" || x.rank() != 2;
}

}  // namespace

bool has_parameters(const DrawnLayer& layer) { return !layer.parameters.empty(); }

void Growing::grow() {
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
      append(layer_on(nn::Dropout{.rate = draw_.between(0.1, 0.6)}, current_shape()), {current()});
  }
  const bool ends_in_members = draw_.chance(0.25);
  while (current_shape().rank() > (ends_in_members ? 2 : 1)) to_features();
}

// Members where the rows are members', and now and then else.
void Growing::last_layer(const nn::Activation& activation, std::int64_t units) {
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

void Growing::head(int from, const nn::Activation& activation, std::int64_t units) {
  append(layer_on(nn::Dense{.units = units, .activation = activation}, shape(from)), {from});
  training_.layers.back().is_frozen = false;
}

// A first layer that takes the rows for ids.
void Growing::embed() {
  const std::int64_t ids = draw_.from(1, 6);
  training_.ids.assign(static_cast<std::size_t>(training_.row.size()), ids);
  const std::int64_t size = draw_.from(1, 4);
  append(draw_.chance(0.5)
             ? layer_on(nn::EmbeddingBag{.entries = ids, .size = size}, current_shape())
             : layer_on(nn::Embedding{.entries = ids, .size = size}, current_shape()),
         {current()});
}

// As a table's rows begin: some columns are ids, the others numbers, and each kind has its way.
void Growing::columns() {
  const auto count = training_.row.size(), first = draw_.from(1, count - 1);
  nn::Pick words, numbers;
  for (std::int64_t i = 0; i < count; ++i) (i < first ? words : numbers).features.push_back(i);
  const std::int64_t ids = draw_.from(1, 6);
  training_.ids.assign(static_cast<std::size_t>(first), ids);
  training_.ids.resize(static_cast<std::size_t>(count), 0);
  append(layer_on(words, training_.row), {DrawnLayer::network_input});
  const std::int64_t size = draw_.from(1, 3);
  if (draw_.chance(0.5)) {
    append(layer_on(nn::EmbeddingBag{.entries = ids, .size = size}, current_shape()), {current()});
  } else {
    append(layer_on(nn::Embedding{.entries = ids, .size = size}, current_shape()), {current()});
    append(layer_on(nn::Flatten{}, current_shape()), {current()});
  }
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

void Growing::concatenate(const std::vector<int>& reads) {
  DrawnLayer joined = layer_on(nn::Concatenate{}, shape(reads.front()));
  std::int64_t features = 0;
  for (const int place : reads) features += features_of(shape(place));
  joined.y = joined.x.with(joined.x.rank() == 3 ? 0 : joined.x.rank() - 1, features);
  append(std::move(joined), reads);
}

void Growing::one_layer() {
  for (int tries = 0; tries < 20; ++tries) {
    std::optional<DrawnLayer> layer = draw_layer(draw_, current_shape());
    if (!layer) continue;
    append(std::move(*layer), {current()}, true);
    return;
  }
}

void Growing::keeping_layer(int from) {
  append(draw_keeping_layer(draw_, shape(from), features_of(shape(from))), {from});
}

void Growing::residual() {
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

void Growing::branches() {
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
void Growing::again() {
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

void Growing::to_features() {
  const Shape& x = current_shape();
  if (x.rank() == 3 && draw_.chance(0.4))
    append(
        draw_.chance(0.5) ? layer_on(nn::GlobalAveragePool{}, x) : layer_on(nn::GlobalMaxPool{}, x),
        {current()});
  else if (draw_.chance(0.5))
    append(layer_on(nn::Flatten{}, x), {current()});
  else
    append(layer_on(nn::Dense{.units = draw_.from(1, 6), .activation = draw_activation(draw_)}, x),
           {current()});
}

void Growing::share(DrawnLayer& at) {
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
bool Growing::becomes_part_of_the_last(const DrawnLayer& at) const {
  if (at.kind != "activation" || at.is_named || !at.is_next || training_.layers.empty())
    return false;
  const DrawnLayer& last = training_.layers.back();
  return has_activation_field(last) && activation_of(last) == nn::identity;
}

void Growing::append(DrawnLayer at, std::vector<int> reads, bool may_be_nameless) {
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

}  // namespace chainrule::drawn
