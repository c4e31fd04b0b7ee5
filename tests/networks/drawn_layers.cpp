#include "networks/drawn_layers.h"

#include <algorithm>

#include "nn/layer.h"

namespace chainrule::drawn {
namespace {

constexpr std::int64_t most_numbers = 6 * 9 * 8;  // in a row

std::int64_t slid(std::int64_t extent, std::int64_t size, std::int64_t stride, std::int64_t padding,
                  std::int64_t dilation) {
  const std::int64_t room = extent + 2 * padding - dilation * (size - 1) - 1;
  return room < 0 ? 0 : room / stride + 1;
}

Shape pooled(const Shape& x, nn::Extents size, nn::Extents stride, nn::Extents padding) {
  const std::int64_t down = stride.height > 0 ? stride.height : size.height,
                     across = stride.width > 0 ? stride.width : size.width;
  return {x[0], slid(x[1], size.height, down, padding.height, 1),
          slid(x[2], size.width, across, padding.width, 1)};
}

std::vector<DrawnParameter> weight_and_bias(const Shape& weight, bool bias, std::int64_t units) {
  std::vector<DrawnParameter> list{{.name = "weight", .shape = weight, .decays = true}};
  if (bias) list.push_back({.name = "bias", .shape = {units}});
  return list;
}

nn::Extents pair(Drawing& draw, std::int64_t least, std::int64_t most) {
  const std::int64_t height = draw.from(least, most);
  return {height, draw.chance(0.5) ? height : draw.from(least, most)};
}

// torch pads pools by no more than half a window.
nn::Extents pool_padding(Drawing& draw, nn::Extents size) {
  if (draw.chance(0.5)) return 0;
  return {draw.from(0, size.height / 2), draw.from(0, size.width / 2)};
}

nn::Conv2d conv2d(Drawing& draw, const Shape& x) {
  const std::int64_t channels = x[0];
  std::int64_t groups = 1;
  if (draw.chance(0.4)) groups = draw.from(1, channels);
  if (channels % groups != 0) groups = channels;
  const std::int64_t each = std::max<std::int64_t>(1, draw.from(1, 6) / groups);
  return {.channels = groups * each,
          .kernel = pair(draw, 1, 3),
          .activation = draw_activation(draw),
          .stride = draw.chance(0.4) ? pair(draw, 1, 3) : nn::Extents(1),
          .padding = draw.chance(0.6) ? pair(draw, 0, 2) : nn::Extents(0),
          .dilation = draw.chance(0.3) ? pair(draw, 1, 2) : nn::Extents(1),
          .groups = groups,
          .bias = draw.chance(0.8)};
}

nn::ConvTranspose2d conv_transpose2d(Drawing& draw) {
  const nn::Extents kernel = pair(draw, 1, 3);
  return {.channels = draw.from(1, 3),
          .kernel = kernel,
          .activation = draw_activation(draw),
          .stride = pair(draw, 1, 2),
          .padding = draw.chance(0.4) ? pair(draw, 0, 1) : nn::Extents(0),
          .bias = draw.chance(0.8)};
}

nn::Conv1d conv1d(Drawing& draw) {
  return {.units = draw.from(1, 6),
          .kernel = draw.from(1, 4),
          .activation = draw_activation(draw),
          .stride = draw.chance(0.3) ? draw.from(1, 3) : 1,
          .padding = draw.chance(0.5) ? draw.from(0, 2) : 0,
          .dilation = draw.chance(0.3) ? draw.from(1, 2) : 1,
          .bias = draw.chance(0.8)};
}

// Into one, two or three extents.
nn::Reshape reshape(Drawing& draw, const Shape& x) {
  std::int64_t left = x.size();
  const auto part = [&] {
    std::vector<std::int64_t> divisors;
    for (std::int64_t divisor = 1; divisor <= left; ++divisor)
      if (left % divisor == 0) divisors.push_back(divisor);
    const std::int64_t drawn = draw.one_in(divisors);
    left /= drawn;
    return drawn;
  };
  std::vector<std::int64_t> extents;
  for (std::int64_t axes = draw.from(0, 2); axes > 0; --axes) extents.push_back(part());
  extents.push_back(left);
  return {.shape = Shape(extents)};
}

nn::Dense dense(Drawing& draw, std::int64_t units) {
  return {.units = units, .activation = draw_activation(draw), .bias = draw.chance(0.85)};
}

nn::MemberDense member_dense(Drawing& draw, std::int64_t units, std::int64_t members) {
  return {.units = units,
          .members = members,
          .activation = draw_activation(draw),
          .apart = draw.chance(0.4)};
}

nn::PiecewiseLinear piecewise_linear(Drawing& draw) {
  return {.bins = draw.from(1, 4), .size = draw.from(1, 3)};
}

// Some of the features, some of them more than once.
nn::Pick pick(Drawing& draw, std::int64_t features) {
  nn::Pick drawn;
  for (std::int64_t left = draw.from(1, 6); left > 0; --left)
    drawn.features.push_back(draw.from(0, features - 1));
  return drawn;
}

// What takes all numbers of a row behind each other.
nn::Layer of_features(Drawing& draw, std::int64_t features) {
  switch (draw.from(0, 4)) {
    case 0:
      return pick(draw, features);
    case 1:
    case 2:
      return piecewise_linear(draw);
    default:
      return dense(draw, draw.from(1, 8));
  }
}

template <class Pool>
Pool pool(Drawing& draw) {
  const nn::Extents size = pair(draw, 1, 3);
  return {.size = size,
          .stride = draw.chance(0.5) ? nn::Extents(0) : pair(draw, 1, 3),
          .padding = pool_padding(draw, size)};
}

// `count`: how many numbers are standardised together. Of a single one nothing is left but torch's
// rounding, divided by the root of epsilon.
double epsilon(Drawing& draw, std::int64_t count) {
  if (count == 1) return draw.magnitude(0.01, 0.1);
  return draw.chance(0.5) ? 1e-5 : draw.magnitude(1e-5, 0.1);
}

// What takes rows of any kind and leaves their shape alone.
nn::Layer elementwise(Drawing& draw, const Shape& x) {
  const std::int64_t features = features_of(x);
  switch (draw.from(0, x.rank() == 2 ? 5 : 6)) {
    case 0:
      return draw_activation(draw);
    case 1:
      return nn::Scale{};
    case 2:
      return nn::LayerNorm{.epsilon = epsilon(draw, features)};
    case 3:
      return nn::RmsNorm{.epsilon = epsilon(draw, features)};
    case 4:
      return nn::BatchNorm{.epsilon = epsilon(draw, 2), .momentum = draw.one_of({0.1, 0.25, 1.0})};
    case 5:
      return nn::Prelu{.start = draw.between(-0.5, 0.5)};
    default: {
      std::int64_t groups = draw.from(1, features);
      if (features % groups != 0) groups = 1;
      return nn::GroupNorm{.groups = groups, .epsilon = epsilon(draw, x.size() / groups)};
    }
  }
}

nn::Layer of_pictures(Drawing& draw, const Shape& x) {
  switch (draw.from(0, 9)) {
    case 0:
      return nn::GlobalAveragePool{};
    case 1:
      return nn::GlobalMaxPool{};
    case 2:
    case 3:
      return pool<nn::MaxPool>(draw);
    case 4:
    case 5:
      return pool<nn::AveragePool>(draw);
    case 6:
    case 7:
      return conv_transpose2d(draw);
    default:
      return conv2d(draw, x);
  }
}

}  // namespace

std::int64_t features_of(const Shape& x) { return x.rank() == 3 ? x[0] : x[x.rank() - 1]; }

nn::Activation draw_activation(Drawing& draw) {
  if (draw.chance(0.3)) return nn::identity;
  return draw.one_in(nn::activations());
}

nn::Activation activation_of(const DrawnLayer& at) {
  const nn::Layer& layer = at.layer;
  if (const auto* alone = layer.get_if<nn::Activation>()) return *alone;
  if (const auto* dense = layer.get_if<nn::Dense>()) return dense->activation;
  if (const auto* members = layer.get_if<nn::MemberDense>()) return members->activation;
  if (const auto* conv1d = layer.get_if<nn::Conv1d>()) return conv1d->activation;
  if (const auto* conv2d = layer.get_if<nn::Conv2d>()) return conv2d->activation;
  if (const auto* grown = layer.get_if<nn::ConvTranspose2d>()) return grown->activation;
  return nn::identity;
}

namespace {

void work_out_members(const nn::MemberDense& layer, DrawnLayer& at) {
  const std::int64_t units = layer.units, members = layer.members;
  const std::int64_t inputs = at.x[at.x.rank() - 1];
  at.y = {members, units};
  at.parameters = {
      {.name = "weight", .shape = {layer.apart ? members * units : units, inputs}, .decays = true}};
  if (!layer.apart) {
    if (at.x.rank() == 1)
      at.parameters.push_back({.name = "input_factor", .shape = {members, inputs}});
    at.parameters.push_back({.name = "output_factor", .shape = {members, units}});
  }
  at.parameters.push_back({.name = "bias", .shape = {members, units}});
}

}  // namespace

void work_out(DrawnLayer& at) {
  const Shape& x = at.x;
  at.y = x;
  at.parameters.clear();
  const std::int64_t features = features_of(x);
  const auto per_feature = [&](const char* name, bool is_buffer = false) {
    at.parameters.push_back({.name = name, .shape = {features}, .is_buffer = is_buffer});
  };
  if (const auto* dense = at.layer.get_if<nn::Dense>()) {
    at.y = {dense->units};
    at.parameters = weight_and_bias({dense->units, x.size()}, dense->bias, dense->units);
  } else if (const auto* members = at.layer.get_if<nn::MemberDense>()) {
    work_out_members(*members, at);
  } else if (const auto* pieces = at.layer.get_if<nn::PiecewiseLinear>()) {
    at.y = {x.size() * pieces->size};
    at.parameters = {
        {.name = "weight", .shape = {x.size(), pieces->bins, pieces->size}, .decays = true},
        {.name = "linear", .shape = {x.size(), pieces->size}, .decays = true},
        {.name = "edge", .shape = {x.size(), pieces->bins + 1}, .is_buffer = true}};
  } else if (const auto* picked = at.layer.get_if<nn::Pick>()) {
    at.y = {static_cast<std::int64_t>(picked->features.size())};
  } else if (const auto* conv2d = at.layer.get_if<nn::Conv2d>()) {
    const nn::Extents k = conv2d->kernel, s = conv2d->stride, p = conv2d->padding,
                      d = conv2d->dilation;
    at.y = {conv2d->channels, slid(x[1], k.height, s.height, p.height, d.height),
            slid(x[2], k.width, s.width, p.width, d.width)};
    at.parameters = weight_and_bias({conv2d->channels, x[0] / conv2d->groups, k.height, k.width},
                                    conv2d->bias, conv2d->channels);
  } else if (const auto* grown = at.layer.get_if<nn::ConvTranspose2d>()) {
    const nn::Extents k = grown->kernel, s = grown->stride, p = grown->padding;
    at.y = {grown->channels,
            std::max<std::int64_t>(0, (x[1] - 1) * s.height + k.height - 2 * p.height),
            std::max<std::int64_t>(0, (x[2] - 1) * s.width + k.width - 2 * p.width)};
    at.parameters =
        weight_and_bias({x[0], grown->channels, k.height, k.width}, grown->bias, grown->channels);
  } else if (const auto* conv1d = at.layer.get_if<nn::Conv1d>()) {
    at.y = {slid(x[0], conv1d->kernel, conv1d->stride, conv1d->padding, conv1d->dilation),
            conv1d->units};
    at.parameters =
        weight_and_bias({conv1d->units, x[1], conv1d->kernel}, conv1d->bias, conv1d->units);
  } else if (const auto* max_pool = at.layer.get_if<nn::MaxPool>()) {
    at.y = pooled(x, max_pool->size, max_pool->stride, max_pool->padding);
  } else if (const auto* average = at.layer.get_if<nn::AveragePool>()) {
    at.y = pooled(x, average->size, average->stride, average->padding);
  } else if (at.kind == "global_average_pool" || at.kind == "global_max_pool") {
    at.y = {x[0]};
  } else if (const auto* bag = at.layer.get_if<nn::EmbeddingBag>()) {
    at.y = {bag->size};
    at.parameters = {{.name = "weight", .shape = {bag->entries, bag->size}, .decays = true}};
  } else if (const auto* table = at.layer.get_if<nn::Embedding>()) {
    at.y = {x.size(), table->size};
    at.parameters = {{.name = "weight", .shape = {table->entries, table->size}, .decays = true}};
  } else if (const auto* reshaped = at.layer.get_if<nn::Reshape>()) {
    at.y = reshaped->shape;
  } else if (at.kind == "flatten") {
    at.y = {x.size()};
  } else if (at.kind == "scale" || at.kind == "rms_norm") {
    per_feature("weight");
  } else if (at.kind == "prelu") {
    per_feature("slope");
  } else if (at.kind == "layer_norm" || at.kind == "group_norm" || at.kind == "batch_norm") {
    per_feature("weight");
    per_feature("bias");
    if (at.kind == "batch_norm") {
      per_feature("mean", true);
      per_feature("variance", true);
    }
  }
}

DrawnLayer layer_on(const nn::Layer& layer, const Shape& x) {
  DrawnLayer drawn{.layer = layer, .kind = std::string(layer.record().name), .x = x};
  work_out(drawn);
  return drawn;
}

std::optional<DrawnLayer> draw_layer(Drawing& draw, const Shape& x) {
  nn::Layer layer = nn::Flatten{};
  if (draw.chance(0.06))
    layer = reshape(draw, x);
  else if (x.rank() == 1)
    layer = draw.chance(0.15)  ? member_dense(draw, draw.from(1, 4), draw.from(1, 4))
            : draw.chance(0.5) ? of_features(draw, x.size())
                               : elementwise(draw, x);
  else if (draw.chance(0.1))
    layer = draw.chance(0.4) ? nn::Flatten{} : of_features(draw, x.size());
  else if (x.rank() == 2 && draw.chance(0.2))
    layer = member_dense(draw, draw.from(1, 5), x[0]);
  else if (draw.chance(0.3))
    layer = elementwise(draw, x);
  else
    layer = x.rank() == 2 ? nn::Layer(conv1d(draw)) : of_pictures(draw, x);
  if (layer.get_if<nn::Activation>() != nullptr && *layer.get_if<nn::Activation>() == nn::identity)
    return std::nullopt;
  DrawnLayer drawn = layer_on(layer, x);
  if (drawn.y.size() < 1 || drawn.y.size() > std::max(most_numbers, x.size())) return std::nullopt;
  return drawn;
}

DrawnLayer draw_keeping_layer(Drawing& draw, const Shape& x, std::int64_t features) {
  const bool is_heavy = features != features_of(x) || draw.chance(0.6);
  if (is_heavy && x.rank() == 1) return layer_on(dense(draw, features), x);
  if (is_heavy && x.rank() == 2 && draw.chance(0.3))
    return layer_on(member_dense(draw, features, x[0]), x);
  if (is_heavy && x.rank() == 2) {
    const std::int64_t padding = draw.from(0, 1);
    return layer_on(nn::Conv1d{.units = features,
                               .kernel = 2 * padding + 1,
                               .activation = draw_activation(draw),
                               .padding = padding},
                    x);
  }
  if (is_heavy) {
    const std::int64_t padding = draw.from(0, 1);
    return layer_on(nn::Conv2d{.channels = features,
                               .kernel = 2 * padding + 1,
                               .activation = draw_activation(draw),
                               .padding = padding,
                               .groups = features == x[0] && draw.chance(0.3) ? x[0] : 1},
                    x);
  }
  const nn::Layer layer = elementwise(draw, x);
  if (const auto* activation = layer.get_if<nn::Activation>())
    return layer_on(*activation == nn::identity ? nn::tanh : *activation, x);
  return layer_on(layer, x);
}

}  // namespace chainrule::drawn
