#include "train/settings/chosen_loss.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/fields.h"
#include "base/suggest.h"
#include "chainrule/error.h"
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

}  // namespace

Loss loss_of(const TrainRequest& request, const std::optional<NetworkFile>& file,
             const Defaults& defaults, const data::TargetEncoding& target) {
  const bool from_file = request.loss.empty() && file && file->loss;
  Loss loss = !request.loss.empty() ? loss_named(request.loss)
              : from_file           ? *file->loss
                                    : defaults.loss;
  if (request.loss.empty() && !from_file && request.metric == Metric::mae)
    loss.name = "mean_absolute_error";
  if (!target.quantiles.empty() && !from_file && request.loss.empty()) loss.name = "pinball";
  require(target.quantiles.empty() == (loss.name != "pinball"),
          target.quantiles.empty()
              ? "the loss pinball learns quantiles; say which: --quantiles 0.05,0.5,0.95"
              : fmt::format("quantiles are learnt by the loss pinball, not by {}; leave one out",
                            loss.name));
  loss.levels = target.quantiles;
  const bool needs_classes = loss.name == "cross_entropy" || loss.name == "binary_cross_entropy";
  if (!needs_classes || target.task == data::Task::classification) return loss;
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

bool can_be_calibrated(const Loss& loss) { return takes_logits(loss) || loss.name == "pinball"; }

}  // namespace chainrule
