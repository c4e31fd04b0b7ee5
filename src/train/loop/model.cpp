#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/elementary.h"
#include "chainrule/error.h"
#include "chainrule/train.h"
#include "nn/place.h"
#include "tensor/whole.h"
#include "train/loop/calibration.h"
#include "train/loop/training_step.h"

namespace chainrule {
// By value as in the other. NOLINTNEXTLINE(performance-unnecessary-value-param)
Model::Model(const nn::Sequential& network, Loss loss, const RowShape& row,
             const ModelOptions& options) try
    : Model(network, loss, row, options,
            prediction_graph(network, loss, prediction_batch, row, options)) {
} catch (...) {
  throw_ours();
}

Model::Model(nn::Sequential network, Loss loss, const Shape& row, const ModelOptions& options,
             const TracedGraph& traced)
    : network_(std::move(network)),
      loss_(std::move(loss)),
      row_(nn::input_shape(network_, row.batch(1)).row()),
      options_(options),
      session_(options.threads),
      forward_(traced.graph, session_) {
  for (nn::InputIds& ids : nn::input_ids(network_, row_.batch(1)))
    ids_.push_back({std::move(ids.layer), ids.count, std::move(ids.features)});
  outputs_ = static_cast<std::int64_t>(forward_.output("prediction").size()) / prediction_batch;
  const auto begin_with = [&](const auto& initial, std::vector<ParameterInfo>& list) {
    for (const auto& [name, value] : initial) {
      list.push_back({name, value.shape});
      session_.set(name, value);
    }
  };
  begin_with(traced.initial, parameters_);
  begin_with(traced.buffers, buffers_);
}

std::int64_t Model::parameter_count() const {
  std::int64_t count = 0;
  for (const ParameterInfo& parameter : parameters_) count += parameter.shape.size();
  return count;
}

std::map<std::string, Tensor> Model::weights() const try {
  std::map<std::string, Tensor> weights;
  for (const auto* list : {&parameters_, &buffers_})
    for (const auto& [name, shape] : *list) {
      const std::span<const float> values = session_.values(name);
      weights.emplace(name, Tensor(shape, {values.begin(), values.end()}));
    }
  return weights;
} catch (...) {
  throw_ours();
}

void Model::set_weights(const std::map<std::string, Tensor>& weights) try {
  std::vector<ParameterInfo> all = parameters_;
  all.insert(all.end(), buffers_.begin(), buffers_.end());
  for (const auto& [name, shape] : all) {
    const auto given = weights.find(name);
    if (given == weights.end())
      throw UsageError(fmt::format("no value was given for the weights {}", name));
    if (given->second.shape != shape)
      throw UsageError(fmt::format("{} has shape {}, the value given {}", name, shape.to_string(),
                                   given->second.shape.to_string()));
    require_whole(given->second);
  }
  for (const auto& [name, value] : weights)
    if (std::ranges::find(all, name, &ParameterInfo::name) == all.end())
      throw UsageError(
          fmt::format("a value was given for {}, which the network does not have; give the weights "
                      "of a network with the same layers",
                      name));
  for (const auto& [name, shape] : all)
    std::ranges::copy(weights.at(name).values, session_.values(name).begin());
} catch (...) {
  throw_ours();
}

void Model::require_ids(const data::Dataset& data, std::span<const std::int64_t> rows) const try {
  if (ids_.empty()) return;
  std::vector<float> row(static_cast<std::size_t>(data.width()));
  const auto require = [&](const Ids& ids, std::size_t feature, std::int64_t at) {
    const float x = row[feature];
    const bool is_whole = x >= 0 && x == std::floor(x);
    if (is_whole && x < static_cast<float>(ids.count)) return;
    throw DataError(
        data.place(at),
        fmt::format("{} takes ids, whole numbers from 0 to {}, and number {} of the row is {}; {}",
                    ids.layer, ids.count - 1, feature + 1, x,
                    is_whole ? "train with more entries in that layer, or leave the row out"
                             : "ids must come as they are: train with --scaling none"));
  };
  for (const std::int64_t at : rows) {
    data.gather(std::span(&at, 1), row.data(), nullptr);
    for (const Ids& ids : ids_) {
      for (const std::int64_t feature : ids.features)
        require(ids, static_cast<std::size_t>(feature), at);
      for (std::size_t i = 0; ids.features.empty() && i < row.size(); ++i) require(ids, i, at);
    }
  }
} catch (...) {
  throw_ours();
}

Tensor Model::predict(const data::Dataset& data, std::span<const std::int64_t> rows) try {
  return outputs(data, rows).prediction;
} catch (...) {
  throw_ours();
}

Model::Outputs Model::outputs(const data::Dataset& data, std::span<const std::int64_t> rows) try {
  return outputs_by(forward_, data, rows);
} catch (...) {
  throw_ours();
}

Model::Outputs Model::outputs(const data::Part& part, std::span<const std::int64_t> rows) try {
  if (!part.out_of_sample) return outputs_by(forward_, *part.data, rows);
  return outputs_by(with_shares(), *part.data, rows);
} catch (...) {
  throw_ours();
}

Program& Model::with_shares() {
  if (with_shares_ == nullptr)
    with_shares_ = std::make_unique<Program>(
        prediction_graph(network_, loss_, prediction_batch, row_, options_, true).graph, session_);
  return *with_shares_;
}

namespace {

constexpr float none = -1e30F;  // the logarithm of no share

// The logarithms of the members' shares in the prediction of each row: those that do not see it
// have the same, the others none.
void set_shares(std::span<float> log_share, const data::Dataset& data,
                std::span<const std::int64_t> rows) {
  const std::int64_t members = data.weights_per_row();
  if (static_cast<std::int64_t>(log_share.size()) != members * prediction_batch)
    throw UsageError(
        fmt::format("the data says of {} members which rows they see, and the model has {}",
                    members, static_cast<std::int64_t>(log_share.size()) / prediction_batch));
  for (const std::int64_t row : rows) {
    const auto sees = [&](std::int64_t member) { return data.row_weight(row, member) > 0; };
    std::int64_t without = 0;
    for (std::int64_t member = 0; member < members; ++member) without += sees(member) ? 0 : 1;
    const double share = 1 / static_cast<double>(without > 0 ? without : members);
    for (std::int64_t member = 0; member < members; ++member)
      log_share[static_cast<std::size_t>(member)] =
          without > 0 && sees(member) ? none : static_cast<float>(elementary::log(share));
    log_share = log_share.subspan(static_cast<std::size_t>(members));
  }
}

}  // namespace

// As many rows as members, each predicted by one of them.
Tensor Model::member_predictions(const data::Dataset& data, std::int64_t row) try {
  Program& program = with_shares();
  if (!program.has_input("log_share")) return Tensor({0, outputs_});
  const std::span<float> log_share = program.input("log_share");
  const std::int64_t members = static_cast<std::int64_t>(log_share.size()) / prediction_batch;
  const double own = calibration(*this);
  const bool is_calibrated = !calibration_of(*this).empty();
  if (is_calibrated) set_calibration(*this, 1);
  Tensor predictions({members, outputs_});
  const std::vector<std::int64_t> copies(prediction_batch, row);
  for (std::int64_t first = 0; first < members; first += prediction_batch) {
    const std::int64_t count = std::min(prediction_batch, members - first);
    data.gather(copies, program.input("x").data(), nullptr);
    std::ranges::fill(log_share, none);
    for (std::int64_t i = 0; i < prediction_batch; ++i)
      log_share[static_cast<std::size_t>(i * members + std::min(first + i, members - 1))] = 0;
    program.run();
    std::copy_n(program.output("prediction").begin(), count * outputs_,
                predictions.values.begin() + first * outputs_);
  }
  if (is_calibrated) set_calibration(*this, own);
  return predictions;
} catch (...) {
  throw_ours();
}

Model::Outputs Model::outputs_by(Program& program, const data::Dataset& data,
                                 std::span<const std::int64_t> rows) {
  if (data.width() != inputs())
    throw UsageError(fmt::format("the model has {} inputs, the data {} features per row", inputs(),
                                 data.width()));
  require_ids(data, rows);
  const auto count = static_cast<std::int64_t>(rows.size());
  Outputs all{.z = Tensor({count, outputs_}), .prediction = Tensor({count, outputs_})};
  for (std::int64_t begin = 0; begin < count; begin += prediction_batch) {
    const std::int64_t batch = std::min(prediction_batch, count - begin);
    const auto of_batch =
        rows.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(batch));
    data.gather(of_batch, program.input("x").data(), nullptr);
    if (program.has_input("log_share")) set_shares(program.input("log_share"), data, of_batch);
    program.run();  // what an earlier batch left in the rows beyond is computed and not read
    std::copy_n(program.output("z").begin(), batch * outputs_,
                all.z.values.begin() + begin * outputs_);
    std::copy_n(program.output("prediction").begin(), batch * outputs_,
                all.prediction.values.begin() + begin * outputs_);
  }
  return all;
}

}  // namespace chainrule
