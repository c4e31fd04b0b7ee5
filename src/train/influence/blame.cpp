// What a prediction comes from: the influences of the training rows.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/file.h"
#include "chainrule/error.h"
#include "train/influence/influence.h"
#include "train/loop/steps.h"
#include "train/record/run_files.h"
#include "train/run/run_rows.h"

namespace chainrule {
namespace {

// What members count a row by is in the products.
double own_weight(const data::Dataset& data, std::int64_t row) {
  return data.weights_per_row() > 1 ? 1 : static_cast<double>(data.row_weight(row));
}

void add(std::vector<double>& sums, std::span<const double> products, const Run& run) {
  const data::Part& train = run.data().train;
  const std::int64_t step = run.step();
  const double rate = run.batch(step).learning_rate;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (!std::isfinite(products[i]))
      throw DataError({run.folder()}, fmt::format("at step {} a gradient is no longer finite: the "
                                                  "training diverged; ask for an earlier --step",
                                                  step));
    if (!std::ranges::binary_search(run.config().fit.what_if.without_rows, train.rows[i]))
      sums[i] += rate * own_weight(*train.data, train.rows[i]) * products[i];
  }
}

// Of every training row on the asked one.
std::vector<double> influences(Run& run, const std::vector<std::int64_t>& points,
                               const Place& asked, const OnShare& on_share) {
  const data::Part& train = run.data().train;
  RowGradients gradients(run.model(), run.model().options().threads, members_that_weigh(run));
  std::vector<double> sums(train.rows.size());
  double done = 0;
  for (const std::int64_t step : points) {
    run.go_to(step);
    gradients.set_weights(run.model());
    gradients.set_other(*asked.data, asked.row);
    add(sums,
        gradients.products(*train.data, train.rows,
                           [&](double share) {
                             if (on_share)
                               on_share((done + share) / static_cast<double>(points.size()));
                           }),
        run);
    ++done;
  }
  return sums;
}

RunRow predicted_now(Run& run, const Place& place) {
  const Tensor prediction = run.model().predict(*place.data, std::span(&place.row, 1));
  return described(run, place, prediction.values);
}

}  // namespace

std::int64_t kept_step(const Run& run) try {
  const std::int64_t scored = run.data().validation.size();
  if (!run.config().fit.keep_best || scored == 0) return run.steps();
  std::int64_t step = run.steps();
  for (const Progress& epoch : read_epochs(run))
    if (epoch.is_best) step = epoch.epoch * run.steps_per_epoch();
  return std::min(step, run.steps());
} catch (...) {
  throw_ours();
}

Blame blame(Run& run, std::int64_t number, bool is_test, const BlameOptions& options) try {
  validate(run, options);
  const Place asked = find_row(run, number, is_test);
  Blame blame{.step = options.step > 0 ? options.step : kept_step(run),
              .rows = run.data().train.size()};
  blame.points = middle_steps(blame.step, options.points);
  const std::vector<double> influence = influences(run, blame.points, asked, options.on_share);
  blame.towards = std::ranges::count_if(influence, [](double i) { return i > 0; });
  blame.away_from = std::ranges::count_if(influence, [](double i) { return i < 0; });

  std::vector<double> magnitudes;
  magnitudes.reserve(influence.size());
  for (const double i : influence) magnitudes.push_back(std::abs(i));
  run.go_to(blame.step);
  const AveragedWeights averaged(run.model(), run.config().fit);  // as the run's model has them
  blame.asked = predicted_now(run, asked);
  const data::Part& train = run.data().train;
  for (const std::size_t i : largest(magnitudes, options.top))
    blame.strongest.push_back(
        {.row = predicted_now(run, {train.data.get(), train.rows[i]}), .influence = influence[i]});
  return blame;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
