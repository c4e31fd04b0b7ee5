#include "train/loop/baseline.h"

#include <algorithm>

#include "train/loop/scores.h"
#include "train/loop/steps.h"

namespace chainrule {

Scores linear_scores(const RunConfig& config, const data::Prepared& data, const data::Part& part) {
  const data::TargetEncoding& target = data.encoder.target();
  if (part.rows.empty() || !target.quantiles.empty()) return {};
  const bool is_classes = target.task == data::Task::classification;
  nn::Sequential network;
  network.layers.emplace_back(nn::Dense{.units = target.outputs(), .init = nn::Init::zeros});
  Model model(network, loss_named(is_classes ? "cross_entropy" : "mean_squared_error"),
              part.data->width(), {.seed = config.seed, .threads = config.threads});
  // The problem is convex: some hundred steps of a falling size come close to its optimum.
  constexpr std::int64_t enough_steps = 600;
  FitOptions options{.batch_size = std::min<std::int64_t>(data.train.size(), 256),
                     .seed = config.seed,
                     .schedule = {.shape = Schedule::Shape::cosine},
                     .keep_best = false};
  const std::int64_t per_epoch = steps_per_epoch(data.train.size(), options);
  options.epochs = (enough_steps + per_epoch - 1) / per_epoch;
  const Optimizer adam = AdamW{.learning_rate = 0.03, .weight_decay = 0.01};
  fit(model, adam, data.train, {}, target, options);
  return judge(model, part, target).scores;
}

}  // namespace chainrule
