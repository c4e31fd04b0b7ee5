#include <algorithm>

#include <fmt/format.h>

#include "base/boundary.h"
#include "chainrule/error.h"
#include "chainrule/train.h"
#include "tensor/whole.h"

namespace chainrule {
namespace {

// Rows per forward pass: enough to keep the products busy, few enough to stay in the cache.
constexpr std::int64_t prediction_batch = 256;

}  // namespace

// By value as in the other. NOLINTNEXTLINE(performance-unnecessary-value-param)
Model::Model(const nn::Sequential& network, Loss loss, std::int64_t inputs,
             const ModelOptions& options) try
    : Model(network, loss, inputs, options,
            prediction_graph(network, loss, prediction_batch, inputs, options)) {
} catch (...) {
  throw_ours();
}

Model::Model(nn::Sequential network, Loss loss, std::int64_t inputs, const ModelOptions& options,
             const TracedGraph& traced)
    : network_(std::move(network)),
      loss_(std::move(loss)),
      inputs_(inputs),
      options_(options),
      session_(options.threads),
      forward_(traced.graph, session_) {
  outputs_ = static_cast<std::int64_t>(forward_.output("prediction").size()) / prediction_batch;
  for (const auto& [name, initial] : traced.initial) {
    parameters_.push_back({name, initial.shape});
    session_.set(name, initial);
  }
}

std::int64_t Model::parameter_count() const {
  std::int64_t count = 0;
  for (const ParameterInfo& parameter : parameters_) count += parameter.shape.size();
  return count;
}

std::map<std::string, Tensor> Model::weights() const try {
  std::map<std::string, Tensor> weights;
  for (const auto& [name, shape] : parameters_) {
    const std::span<const float> values = session_.values(name);
    weights.emplace(name, Tensor(shape, {values.begin(), values.end()}));
  }
  return weights;
} catch (...) {
  throw_ours();
}

void Model::set_weights(const std::map<std::string, Tensor>& weights) try {
  for (const auto& [name, shape] : parameters_) {
    const auto given = weights.find(name);
    if (given == weights.end())
      throw UsageError(fmt::format("no value was given for the weights {}", name));
    if (given->second.shape != shape)
      throw UsageError(fmt::format("{} has shape {}, the value given {}", name, shape.to_string(),
                                   given->second.shape.to_string()));
    require_whole(given->second);
  }
  for (const auto& [name, value] : weights)
    if (std::ranges::find(parameters_, name, &ParameterInfo::name) == parameters_.end())
      throw UsageError(
          fmt::format("a value was given for {}, which the network does not have; give the weights "
                      "of a network with the same layers",
                      name));
  for (const auto& [name, shape] : parameters_)
    std::ranges::copy(weights.at(name).values, session_.values(name).begin());
} catch (...) {
  throw_ours();
}

Tensor Model::predict(const data::Dataset& data, std::span<const std::int64_t> rows) try {
  return outputs(data, rows).prediction;
} catch (...) {
  throw_ours();
}

Model::Outputs Model::outputs(const data::Dataset& data, std::span<const std::int64_t> rows) try {
  if (data.width() != inputs_)
    throw UsageError(fmt::format("the model has {} inputs, the data {} features per row", inputs_,
                                 data.width()));
  const auto count = static_cast<std::int64_t>(rows.size());
  Outputs all{.z = Tensor({count, outputs_}), .prediction = Tensor({count, outputs_})};
  for (std::int64_t begin = 0; begin < count; begin += prediction_batch) {
    const std::int64_t batch = std::min(prediction_batch, count - begin);
    data.gather(rows.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(batch)),
                forward_.input("x").data(), nullptr);
    forward_.run();  // what an earlier batch left in the rows beyond is computed and not read
    std::copy_n(forward_.output("z").begin(), batch * outputs_,
                all.z.values.begin() + begin * outputs_);
    std::copy_n(forward_.output("prediction").begin(), batch * outputs_,
                all.prediction.values.begin() + begin * outputs_);
  }
  return all;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
