// Labels that may be wrong: those that the network learns late, or never.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/boundary.h"
#include "chainrule/error.h"
#include "train/loop/training_step.h"
#include "train/run/run_rows.h"

namespace chainrule {
namespace {

// The loss of one row whose outputs are there already, by the loss's own graph.
class OneRowLoss {
 public:
  explicit OneRowLoss(const Model& model) : program_(loss_graph(model, 1), session_) {}

  double operator()(std::span<const float> z, std::span<const float> prediction,
                    std::span<const float> target) {
    // Which of the two it starts from is the loss's own affair.
    if (program_.has_input("z")) std::ranges::copy(z, program_.input("z").begin());
    if (program_.has_input("prediction"))
      std::ranges::copy(prediction, program_.input("prediction").begin());
    std::ranges::copy(target, program_.input("target").begin());
    program_.run();
    return static_cast<double>(program_.output("loss")[0]);
  }

 private:
  Session session_;
  Program program_;
};

// [rows, outputs], without all their features in memory beside them.
std::vector<float> targets_of(const data::Part& part) {
  const auto outputs = static_cast<std::size_t>(part.data->outputs());
  std::vector<float> features(static_cast<std::size_t>(part.data->width()));
  std::vector<float> targets(part.rows.size() * outputs);
  for (std::size_t i = 0; i < part.rows.size(); ++i)
    part.data->gather(std::span(&part.rows[i], 1), features.data(), &targets[i * outputs]);
  return targets;
}

// Over the states looked at, per training row.
struct Sums {
  std::vector<double> losses;
  std::vector<float> predictions;  // [rows, outputs]
};

void add_state(Sums& sums, Run& run, std::span<const float> targets, OneRowLoss& loss) {
  const data::Part& train = run.data().train;
  const Model::Outputs outputs = run.model().outputs(*train.data, train.rows);
  const auto width = static_cast<std::size_t>(run.model().outputs());
  for (std::size_t i = 0; i < sums.losses.size(); ++i) {
    const auto row = [&](std::span<const float> all) { return all.subspan(i * width, width); };
    sums.losses[i] += loss(row(outputs.z.values), row(outputs.prediction.values), row(targets));
    if (!std::isfinite(sums.losses[i]))
      throw DataError({run.folder()}, fmt::format("at step {} a loss is no longer finite: the "
                                                  "training diverged; ask for an earlier --step",
                                                  run.step()));
  }
  for (std::size_t k = 0; k < sums.predictions.size(); ++k)
    sums.predictions[k] += outputs.prediction.values[k];
}

}  // namespace

Suspects suspects(Run& run, const BlameOptions& options) try {
  validate(run, options);
  const data::Part& train = run.data().train;
  Suspects found{
      .points = middle_steps(options.step > 0 ? options.step : run.steps(), options.points),
      .rows = train.size()};
  const std::vector<float> targets = targets_of(train);
  Sums sums{.losses = std::vector<double>(train.rows.size()),
            .predictions = std::vector<float>(targets.size())};
  OneRowLoss loss(run.model());
  double done = 0;
  for (const std::int64_t step : found.points) {
    run.go_to(step);
    add_state(sums, run, targets, loss);
    if (options.on_share) options.on_share(++done / static_cast<double>(found.points.size()));
  }
  const auto states = static_cast<double>(found.points.size());
  for (float& prediction : sums.predictions) prediction /= static_cast<float>(states);
  const auto width = static_cast<std::size_t>(run.model().outputs());
  for (const std::size_t i : largest(sums.losses, options.top))
    found.first.push_back({.row = described(run, {train.data.get(), train.rows[i]},
                                            std::span(sums.predictions).subspan(i * width, width)),
                           .loss = sums.losses[i] / states});
  return found;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
