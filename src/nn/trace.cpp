#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/standard_arithmetic.h"
#include "chainrule/error.h"
#include "chainrule/nn.h"
#include "chainrule/ops.h"
#include "nn/activation.h"
#include "nn/init.h"
#include "tensor/whole.h"

namespace chainrule::nn {
namespace {

// More weights than this in one layer would not fit into memory anyway; the bound also keeps the
// product of the extents from overflowing.
constexpr std::int64_t max_weights = std::int64_t{1} << 31;

// Dense{n} followed by an activation is Dense{n, activation}: one name, one initialiser.
std::vector<Layer> merged(const std::vector<Layer>& layers) {
  std::vector<Layer> result;
  for (const Layer& layer : layers) {
    Dense* before = result.empty() ? nullptr : std::get_if<Dense>(&result.back());
    const auto* activation = std::get_if<Activation>(&layer);
    if (activation != nullptr && before != nullptr && before->activation == identity)
      before->activation = *activation;
    else
      result.push_back(layer);
  }
  return result;
}

// Throws unless the values given for dense1.weight, say, are numbers.
void require_finite(const std::string& name, const DoubleTensor& given) {
  const auto bad =
      std::ranges::find_if_not(given.values, [](double v) { return std::isfinite(v); });
  if (bad == given.values.end()) return;
  throw UsageError(fmt::format("{}: value {} of {} is {}. Give finite numbers.", name,
                               bad - given.values.begin() + 1, given.values.size(), *bad));
}

// Walks the layers from the inputs to the output.
class Tracer {
 public:
  Tracer(Value x, std::uint64_t seed, Value counter)
      : h_(x), graph_(x.graph()), seed_(seed), counter_(counter) {
    traced_.z = x;
  }

  void operator()(const Dense& layer) {
    const std::string name = fmt::format("dense{}", ++dense_count_);
    require_fit(name, layer);
    const OriginScope scope(graph_, {.layer = name});
    const Value w = parameter(name + ".weight", weights(layer), true);
    Value z = matmul(h_, transpose(w));
    if (layer.bias) {
      const DoubleTensor zeros(Shape{layer.units});
      z = z + parameter(name + ".bias", layer.bias_values.value_or(zeros), false);
    }
    h_ = graph_.name(z, name + ".z");
    source_ = name;
    activate_as(layer.activation, name + ".h");
  }

  void operator()(const Activation& activation) {
    if (activation == identity) return;
    const std::string name = fmt::format("activation{}", ++activation_count_);
    const OriginScope scope(graph_, {.layer = name});
    activate_as(activation, name);
  }

  void operator()(const Dropout& layer) {
    const std::string name = fmt::format("dropout{}", ++dropout_count_);
    if (!(layer.rate >= 0 && layer.rate < 1))
      throw UsageError(
          fmt::format("{}: the rate is {}; it must be at least 0 and below 1. A rate "
                      "of 0.2 drops one number in five.",
                      name, layer.rate));
    if (!counter_ || layer.rate == 0) return;
    const OriginScope scope(graph_, {.layer = name});
    h_ = graph_.name(dropout(h_, counter_, layer.rate, seed_, dropout_count_), name);
  }

  Traced traced() && {
    traced_.output = h_;
    return std::move(traced_);
  }

 private:
  void activate_as(const Activation& activation, const std::string& name) {
    traced_.z = h_;
    traced_.last = activation;
    h_ = activate(activation, h_);
    if (h_ != traced_.z) graph_.name(h_, name);
  }

  DoubleTensor weights(const Dense& layer) const {
    if (layer.weight) return *layer.weight;
    return draw(resolved(layer.init, layer.activation), Shape{layer.units, h_.dim(1)}, seed_,
                traced_.parameters.size());
  }

  Value parameter(const std::string& name, DoubleTensor initial, bool decays) {
    require_finite(name, initial);
    const Value variable = graph_.variable(name, initial.shape);
    traced_.parameters.push_back({name, variable, std::move(initial), decays});
    return variable;
  }

  void require_fit(const std::string& name, const Dense& layer) const {
    const std::int64_t units = layer.units, inputs = h_.dim(1);
    if (units < 1)
      throw UsageError(fmt::format("{}: units = {}; a layer needs at least 1.", name, units));
    if (units > max_weights / inputs)
      throw UsageError(
          fmt::format("{}: {} units times {} inputs are more than {} weights. Set "
                      "fewer units.",
                      name, units, inputs, max_weights));
    if (layer.weight) require_weight_fits(name, layer);
    if (!layer.bias_values) return;
    if (!layer.bias)
      throw UsageError(
          fmt::format("{}: values for the bias, but bias = false. Leave one of them out.", name));
    if (layer.bias_values->shape != Shape{units})
      throw UsageError(
          fmt::format("{}: expected {} numbers for the bias, one per unit, got shape "
                      "{}.",
                      name, units, layer.bias_values->shape.to_string()));
    require_whole(*layer.bias_values);
  }

  void require_weight_fits(const std::string& name, const Dense& layer) const {
    require_whole(*layer.weight);
    const Shape given = layer.weight->shape, wanted{layer.units, h_.dim(1)};
    if (given.rank() != 2 || given[0] != wanted[0])
      throw UsageError(fmt::format("{}: expected a weight of shape {}, one row per unit, got {}.",
                                   name, wanted.to_string(), given.to_string()));
    if (given[1] == wanted[1]) return;
    const std::string out = source_.empty()
                                ? fmt::format("Set input = {}", given[1])
                                : fmt::format("Set units = {} in {}", given[1], source_);
    throw UsageError(
        fmt::format("{}: expected inputs of width {}, got {} (from {}). {}, or give "
                    "{} numbers in each row of the weight here.",
                    name, given[1], wanted[1], source_.empty() ? "the network's input" : source_,
                    out, wanted[1]));
  }

  Value h_;  // [batch, width]: what the layers so far give
  Graph& graph_;
  std::uint64_t seed_;
  Value counter_;
  std::string source_;  // the layer that set the width; empty: the network's input
  std::uint64_t dense_count_ = 0, activation_count_ = 0, dropout_count_ = 0;
  Traced traced_;
};

void require_ends(const std::vector<Layer>& layers, Value x, Value counter) {
  if (layers.empty())
    throw UsageError("the network has no layer. Give it at least one, such as Dense{1}.");
  if (std::holds_alternative<Dropout>(layers.back()))
    throw UsageError(
        "the network ends in dropout, which would drop its answers. Put a dense layer after it, "
        "or leave it out.");
  if (x.shape().rank() != 2 || x.dim(1) < 1)
    throw UsageError(fmt::format(
        "the network's input has shape {}; it must be [batch, inputs] with at least 1 input.",
        x.shape().to_string()));
  if (counter && counter.shape() != Shape{2})
    throw UsageError(fmt::format("the dropout counter has shape {}; it must be [2].",
                                 counter.shape().to_string()));
}

}  // namespace

Traced trace(const Sequential& model, Value x, std::uint64_t seed, Value counter) try {
  const StandardArithmetic arithmetic;
  require_ends(model.layers, x, counter);
  Tracer tracer(x, seed, counter);
  for (const Layer& layer : merged(model.layers)) std::visit(tracer, layer);
  return std::move(tracer).traced();
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::nn
