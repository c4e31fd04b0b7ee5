#include "train/settings/chosen_loss.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "base/fields.h"
#include "base/suggest.h"
#include "chainrule/error.h"
#include "nn/place.h"
#include "train/settings/require.h"

namespace chainrule {
namespace {

// "yes=3,no=1"; what is not named counts once.
std::vector<double> weights_named(const std::string& text,
                                  const std::vector<std::string>& classes) {
  std::vector<double> weights(classes.size(), 1);
  for (const std::string_view one : fields_of(text)) {
    const std::size_t equals = std::min(one.rfind('='), one.size());
    const std::string_view name = one.substr(0, equals);
    const auto weight = number_in<double>(one.substr(std::min(equals + 1, one.size())));
    const auto found = std::ranges::find(classes, name);
    require(weight && *weight > 0,
            fmt::format("class weights: \"{}\" is no class with a number above 0; give them as "
                        "in yes=3,no=1, or say balanced",
                        one));
    require(found != classes.end(), fmt::format("class weights: there is no class \"{}\"; {}", name,
                                                suggestion(name, classes)));
    weights[static_cast<std::size_t>(found - classes.begin())] = *weight;
  }
  return weights;
}

// Of a loss in parts.
void require_numbers(const data::TargetEncoding& target) {
  require(target.task == data::Task::regression,
          "the loss has parts, which are of numbers, and the target is a class; name columns of "
          "numbers, --target price,age, say, or a single one with --task regression");
  require(target.quantiles.empty(),
          "the loss has parts, and quantiles are learnt by the loss pinball alone; leave one out");
}

bool is_of_probabilities(const Loss& part) {
  return part.name == "cross_entropy" || part.name == "binary_cross_entropy";
}

// The part of each output, and where its columns begin and end.
struct PartColumns {
  const Loss* part = nullptr;
  std::int64_t first = 0, end = 0;
};

std::vector<PartColumns> columns_of(const Loss& loss, const nn::Network& network,
                                    const Shape& row) {
  nn::Placer placer(row.rank() > 0 ? row.batch(1) : Shape{1, 0});
  for (const nn::Layer& layer : network.layers) placer.place(layer);
  std::vector<PartColumns> columns;
  std::int64_t first = 0;
  for (const nn::PlacedOutput& output : nn::placed_outputs(network, placer.layers())) {
    for (const Loss& part : loss.parts)
      if (part.output == placer.layers()[output.place].name)
        columns.push_back({&part, first, first + output.width});
    first += output.width;
  }
  return columns;
}

void require_probabilities(std::span<const float> targets, const Loss& part, std::int64_t row) {
  double sum = 0;
  for (const float number : targets) {
    require(number >= 0 && number <= 1,
            fmt::format("{}: {} needs targets from 0 to 1, and row {} has {}; mend it, or take "
                        "another loss for this part",
                        part.output, part.name, row + 1, number));
    sum += static_cast<double>(number);
  }
  require(part.name != "cross_entropy" || std::abs(sum - 1) <= 1e-6,
          fmt::format("{}: cross_entropy needs targets that sum to 1 in every row, and in row {} "
                      "they sum to {:.6g}; mend it, or take another loss for this part",
                      part.output, row + 1, sum));
}

}  // namespace

std::vector<std::int64_t> probability_outputs(const NetworkFile& file) {
  std::vector<std::int64_t> outputs;
  if (!file.loss) return outputs;
  for (const auto& [part, first, end] : columns_of(*file.loss, file.model, file.input))
    for (std::int64_t k = first; k < end && is_of_probabilities(*part); ++k) outputs.push_back(k);
  return outputs;
}

void require_probabilities(const RunConfig& config, const data::Prepared& data) {
  std::vector<float> targets(static_cast<std::size_t>(data.encoder.target().outputs()));
  for (const auto& [part, first, end] : columns_of(config.loss, config.network, config.row)) {
    if (!is_of_probabilities(*part)) continue;
    require(!data.encoder.target().is_log,
            fmt::format("{}: {} is of probabilities, and the target is learnt on a log scale; take "
                        "--target-scale linear",
                        part->output, part->name));
    for (const data::Part* rows : {&data.train, &data.validation, &data.test})
      for (const std::int64_t row : rows->rows) {
        rows->data->gather(std::span(&row, 1), nullptr, targets.data());
        require_probabilities(std::span(targets).subspan(static_cast<std::size_t>(first),
                                                         static_cast<std::size_t>(end - first)),
                              *part, row);
      }
  }
}

Loss loss_of(const TrainRequest& request, const std::optional<NetworkFile>& file,
             const Defaults& defaults, const data::TargetEncoding& target) {
  const bool from_file = request.loss.empty() && file && file->loss;
  Loss loss = !request.loss.empty() ? loss_named(request.loss)
              : from_file           ? *file->loss
                                    : defaults.loss;
  if (!loss.parts.empty()) {
    told_with(request.model_file, [&] { require_numbers(target); });
    return loss;
  }
  if (request.loss.empty() && !from_file && request.metric == Metric::mae)
    loss.name = "mean_absolute_error";
  if (!target.quantiles.empty() && !from_file && request.loss.empty()) loss.name = "pinball";
  require(target.quantiles.empty() == (loss.name != "pinball"),
          target.quantiles.empty()
              ? "the loss pinball learns quantiles; say which: --quantiles 0.05,0.5,0.95"
              : fmt::format("quantiles are learnt by the loss pinball, not by {}; leave one out",
                            loss.name));
  loss.levels = target.quantiles;
  if (!is_of_probabilities(loss) || target.task == data::Task::classification) return loss;
  const std::string message = fmt::format(
      "the loss {} is for classes, and the target is a number; use mean_squared_error, huber or "
      "mean_absolute_error, or ask for classification",
      loss.name);
  if (from_file) throw DataError({request.model_file}, message);
  throw UsageError(message);
}

void weigh_classes(Loss& loss, const std::string& asked, const data::Prepared& data) {
  if (asked.empty()) return;
  const data::TargetEncoding& target = data.encoder.target();
  require(target.task == data::Task::classification && loss.name == "cross_entropy",
          "class weights are for classes and the loss cross_entropy; leave them out");
  std::vector<double> counts(target.classes.size(), 0);
  for (const std::int64_t row : data.train.rows)
    ++counts[static_cast<std::size_t>(data.train.data->class_of(row))];
  std::vector<double> weights(counts.size(), 1);
  if (asked == "balanced")
    for (std::size_t k = 0; k < counts.size(); ++k) weights[k] = 1 / std::max(counts[k], 1.0);
  else
    weights = weights_named(asked, target.classes);
  double sum = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) sum += counts[k] * weights[k];
  for (double& weight : weights) weight *= static_cast<double>(data.train.size()) / sum;
  loss.class_weights = std::move(weights);
}

bool can_be_calibrated(const Loss& loss) {
  return takes_logits(loss) || (loss.parts.empty() && loss.name == "pinball");
}

}  // namespace chainrule
