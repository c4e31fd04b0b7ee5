#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/standard_arithmetic.h"
#include "chainrule/error.h"
#include "nn/layer_call.h"

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
  return draw(std::get<Init>(parameter.start), parameter.shape, seed, place);
}

void require_input(Value x, Value counter) {
  if (x.shape().rank() != 2 || x.dim(1) < 1)
    throw UsageError(fmt::format(
        "the network's input has shape {}; it must be [batch, inputs] with at least 1 input.",
        x.shape().to_string()));
  if (counter && counter.shape() != Shape{2})
    throw UsageError(fmt::format("the dropout counter has shape {}; it must be [2].",
                                 counter.shape().to_string()));
}

}  // namespace

Value LayerCall::parameter(std::string_view name) {
  const auto found = std::ranges::find(at_.parameters, name, &LayerParameter::name);
  if (found == at_.parameters.end())
    throw InternalError(fmt::format("the record of {} has no parameter {}", at_.name, name));
  std::string full_name = fmt::format("{}.{}", at_.name, name);
  require_size(full_name, found->shape);
  DoubleTensor initial = first_value(*found, seed_, traced_.parameters.size());
  require_finite(full_name, initial);
  const Value variable = x_.graph().variable(full_name, initial.shape);
  traced_.parameters.push_back({std::move(full_name), variable, std::move(initial), found->decays});
  return variable;
}

Value LayerCall::name(Value value, std::string_view part) const {
  return value.graph().name(value, part.empty() ? at_.name : fmt::format("{}.{}", at_.name, part));
}

Value LayerCall::activate(const Activation& activation, Value z, std::string_view part) {
  traced_.z = z;
  traced_.last = activation;
  const Value h = nn::activate(activation, z);
  return h == z ? h : name(h, part);
}

Traced trace(const Sequential& model, Value x, std::uint64_t seed, Value counter) try {
  const StandardArithmetic arithmetic;
  require_input(x, counter);
  Traced traced{.output = x, .z = x, .parameters = {}};
  for (const PlacedLayer& at : placed(model, x.shape())) {
    const OriginScope scope(x.graph(), {.layer = at.name});
    const Value before = std::exchange(traced.z, {});
    LayerCall call(at, traced.output, seed, counter, traced);
    const Value h = at.layer.record().trace(at.layer, call);
    if (!traced.z) {  // no activation of its own
      if (h != traced.output) traced.last = identity;
      traced.z = h == traced.output ? before : h;
    }
    traced.output = h;
  }
  return traced;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::nn
