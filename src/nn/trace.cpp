#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/standard_arithmetic.h"
#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/picture.h"

namespace chainrule::nn {
namespace {

// More numbers than this in one parameter would not fit into memory anyway.
constexpr std::int64_t most_numbers = std::int64_t{1} << 31;

void require_size(const std::string& name, const Shape& shape) {
  if (shape.size() > most_numbers)
    throw UsageError(
        fmt::format("{}: a tensor of shape {} has more than {} numbers. Make the layer smaller.",
                    name, shape.to_string(), most_numbers));
}

// Throws unless the values given for dense1.weight, say, are numbers.
void require_finite(const std::string& name, const DoubleTensor& given) {
  const auto bad =
      std::ranges::find_if_not(given.values, [](double v) { return std::isfinite(v); });
  if (bad == given.values.end()) return;
  throw UsageError(fmt::format("{}: value {} of {} is {}. Give finite numbers.", name,
                               bad - given.values.begin() + 1, given.values.size(), *bad));
}

// `place` among the model's parameters decides what is drawn.
DoubleTensor first_value(const LayerParameter& parameter, std::uint64_t seed, std::uint64_t place) {
  if (parameter.given != nullptr) return *parameter.given;
  if (const auto* number = std::get_if<double>(&parameter.start))
    return DoubleTensor::filled(parameter.shape, *number);
  if (const auto* numbers = std::get_if<DoubleTensor>(&parameter.start)) return *numbers;
  return draw(std::get<Init>(parameter.start), parameter.shape, seed, place);
}

void require_input(Value x, const Network& model, const TraceOptions& options) {
  if (x.shape().rank() < 2 || x.shape().row().size() < 1)
    throw UsageError(fmt::format(
        "the network's input has shape {}; it must be [batch, inputs] with at least 1 input, or "
        "[batch, channels, height, width].",
        x.shape().to_string()));
  const Value counter = options.counter;
  if (counter && counter.shape() != Shape{2} && counter.shape() != Shape{3})
    throw UsageError(
        fmt::format("the counter has shape {}; it must be [2] or, for a part of a batch, [3].",
                    counter.shape().to_string()));
  if (const Value factor = options.dropout_factor; factor && factor.shape() != Shape{})
    throw UsageError(fmt::format("dropout's factor has shape {}; it must be a scalar.",
                                 factor.shape().to_string()));
  if (options.training && !counter && draws(model))
    throw UsageError("a layer draws at random while training; give the counter that it draws by.");
}

}  // namespace

Value LayerCall::parameter(std::string_view name) {
  const auto found = std::ranges::find(at_.parameters, name, &LayerParameter::name);
  if (found == at_.parameters.end())
    throw InternalError(fmt::format("the record of {} has no parameter {}", at_.name, name));
  std::string full = tracing_.options.prefix + full_name(at_, *found);
  if (!at_.owns_parameters() || shard_.number > 1)
    return tracing_.graph.value(tracing_.graph.find(full).value());
  require_size(full, found->shape);
  const std::uint64_t place = found->is_buffer ? 0 : tracing_.drawn++;
  DoubleTensor initial;
  if (tracing_.options.has_first_values) initial = first_value(*found, tracing_.seed, place);
  require_finite(full, initial);
  const Value variable = tracing_.graph.variable(full, found->shape);
  const bool is_moved = !found->is_buffer && found->is_trained;
  (is_moved ? tracing_.traced.parameters : tracing_.traced.buffers)
      .push_back(
          {std::move(full), variable, std::move(initial), found->decay_factor, found->rate_factor});
  return variable;
}

Value LayerCall::along_features(Value parameter) const {
  const Shape x = x_[0].shape();
  const int axis = feature_axis(x);
  if (axis == x.rank() - 1) return parameter;
  std::vector<std::int64_t> extents(static_cast<std::size_t>(x.rank()), 1);
  extents[static_cast<std::size_t>(axis)] = x[axis];
  return reshape(parameter, Shape(extents));
}

void LayerCall::update(Value buffer, Value next) {
  if (training() && at_.owns_parameters())
    moved_.push_back({buffer, shard_.number == 0 ? next : next * shard_.share});
}

Value LayerCall::name(Value value, std::string_view part) const {
  const std::string shard = shard_.number == 0 ? "" : fmt::format(".shard{}", shard_.number);
  return value.graph().name(value, fmt::format("{}{}{}{}{}", tracing_.options.prefix, at_.name,
                                               shard, part.empty() ? "" : ".", part));
}

Value LayerCall::activate(const Activation& activation, Value z, std::string_view part) {
  z_ = z;
  last_ = activation;
  // Softmax goes along the last axis, and a picture's features are its channels.
  const bool turns = activation == softmax && z.shape().rank() == 4;
  const Value h = turns ? channels_first(nn::activate(activation, channels_last(z)))
                        : nn::activate(activation, z);
  return h == z ? h : name(h, part);
}

namespace {

// What a layer gives, and what is known of the last activation on the way to it.
struct Given {
  Value output, z;
  Activation last = identity;
};

void move_buffers(std::span<const Traced::Moved> moved, Tracing& tracing) {
  for (const auto& [buffer, next] : moved) {
    tracing.traced.moved.push_back({buffer, next});
    if (tracing.options.moves_buffers) tracing.graph.update(buffer, next);
  }
}

// A layer that looks at other rows, on each shard of the batch by itself.
Value traced_by_shards(const PlacedLayer& at, Value x, Tracing& tracing) {
  const std::vector<std::int64_t>& bounds = tracing.options.shard_bounds;
  std::vector<Value> parts;
  std::vector<Traced::Moved> moved;
  for (std::size_t s = 1; s < bounds.size(); ++s) {
    std::vector<std::int64_t> begin(static_cast<std::size_t>(x.shape().rank())), end;
    for (int axis = 0; axis < x.shape().rank(); ++axis) end.push_back(x.dim(axis));
    begin[0] = bounds[s - 1];
    end[0] = bounds[s];
    const Value rows = slice(x, begin, end);
    const double share = static_cast<double>(end[0] - begin[0]) / static_cast<double>(x.dim(0));
    LayerCall call(at, std::span(&rows, 1), tracing, {s, share});
    parts.push_back(at.layer.record().trace(at.layer, call));
    if (s == 1) moved.assign(call.moved().begin(), call.moved().end());
    for (std::size_t i = 0; s > 1 && i < moved.size(); ++i)
      moved[i].next = moved[i].next + call.moved()[i].next;
  }
  move_buffers(moved, tracing);
  return tracing.graph.name(concatenate(parts, 0), tracing.options.prefix + at.name);
}

Given traced_layer(const PlacedLayer& at, const std::vector<Given>& x, Tracing& tracing) {
  const OriginScope scope(tracing.graph, {.layer = tracing.options.prefix + at.name});
  std::vector<Value> inputs;
  for (std::size_t i = 0; i < x.size(); ++i) inputs.push_back(reshape(x[i].output, at.x[i]));
  LayerCall call(at, inputs, tracing);
  if (at.layer.record().mixes_rows && call.training() && tracing.options.shard_bounds.size() > 2) {
    const Value h = traced_by_shards(at, inputs[0], tracing);
    return {h, h, identity};
  }
  const Value h = at.layer.record().trace(at.layer, call);
  move_buffers(call.moved(), tracing);
  if (call.z()) return {h, call.z(), call.last()};
  if (h == x[0].output) return x[0];
  // Other rows of the same numbers: what went into the last activation, in rows of the same shape.
  // (Softmax works along a row.)
  if (h == inputs[0] && x[0].last != softmax)
    return {h, x[0].z == x[0].output ? h : reshape(x[0].z, h.shape()), x[0].last};
  return {h, h, identity};
}

void give(const Given& last, Traced& traced) {
  traced.output = last.output;
  traced.z = last.z;
  traced.last = last.last;
}

// The outputs that the network names, and all of them behind each other.
void gather_outputs(const Network& model, const std::vector<PlacedLayer>& layers,
                    const std::vector<Given>& given, Tracing& tracing) {
  Traced& traced = tracing.traced;
  traced.has_members = false;
  std::vector<Value> outputs, z;
  for (const PlacedOutput& output : placed_outputs(model, layers)) {
    const Given& at = given[output.place];
    give(at, traced);  // of a single one that is all
    traced.outputs.push_back({layers[output.place].name, at.output, at.z, at.last});
    outputs.push_back(at.output);
    z.push_back(at.z);
  }
  if (outputs.size() == 1) return;
  traced.last = identity;
  const OriginScope scope(tracing.graph, {.layer = tracing.options.prefix + "outputs"});
  traced.output = concatenate(outputs, 1);
  traced.z = concatenate(z, 1);
}

}  // namespace

Traced trace(const Network& model, Value x, std::uint64_t seed, const TraceOptions& options) try {
  const StandardArithmetic arithmetic;
  require_input(x, model, options);
  Tracing tracing{.graph = x.graph(), .seed = seed, .options = options};
  std::vector<Given> given;
  const Given input{x, x};
  const std::vector<PlacedLayer> layers = placed(model, x.shape());
  for (const PlacedLayer& at : layers) {
    tracing.traced.has_members = at.layer.record().has_members;
    std::vector<Given> inputs;
    for (const int place : at.inputs)
      inputs.push_back(
          place == PlacedLayer::network_input ? input : given[static_cast<std::size_t>(place)]);
    given.push_back(traced_layer(at, inputs, tracing));
  }
  tracing.traced.prefix = options.prefix;
  if (!model.outputs.empty())
    gather_outputs(model, layers, given, tracing);
  else
    give(given.empty() ? input : given.back(), tracing.traced);
  return std::move(tracing.traced);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::nn
