// The validation rows before and after an epoch.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/standard_arithmetic.h"
#include "chainrule/compare.h"
#include "chainrule/error.h"
#include "train/loop/calibration.h"
#include "train/loop/steps.h"
#include "train/loop/training_step.h"
#include "train/record/run_files.h"
#include "train/run/run_rows.h"

namespace chainrule {
namespace {

// What validation made of each row when an epoch was over.
struct Judged {
  std::vector<double> losses{};
  Tensor predictions{};
};

DoubleTensor row_of(const Tensor& all, std::int64_t row) {
  const auto width = static_cast<std::size_t>(all.shape[1]);
  const auto first = all.values.begin() + static_cast<std::ptrdiff_t>(row) * all.shape[1];
  return {{1, all.shape[1]}, {first, first + static_cast<std::ptrdiff_t>(width)}};
}

std::vector<double> losses_of(const Model& model, const Model::Outputs& outputs,
                              const Tensor& targets) {
  const Graph graph = loss_graph(model, 1);
  const auto loss = static_cast<std::size_t>(graph.outputs()[0].node);
  std::vector<double> losses;
  for (std::int64_t row = 0; row < targets.shape[0]; ++row)
    losses.push_back(evaluate(graph, {{"prediction", row_of(outputs.prediction, row)},
                                      {"z", row_of(outputs.z, row)},
                                      {"target", row_of(targets, row)}})[loss]
                         .values[0]);
  return losses;
}

Judged judged_after(Run& run, std::int64_t epoch) {
  run.go_to(epoch * run.steps_per_epoch());
  Model& model = run.model();
  const AveragedWeights averaged(model, run.config().fit);
  const data::Part& part = run.data().validation;
  Tensor targets({part.size(), part.data->outputs()});
  part.data->gather(part.rows, nullptr, targets.values.data());
  Model::Outputs outputs = model.outputs(part);
  if (calibration_of(model).empty())
    return {losses_of(model, outputs, targets), std::move(outputs.prediction)};
  // The loss that epochs are compared by has the number that suits it best.
  Calibrator calibrator(model.loss());
  calibrator.add(outputs.z, targets);
  const double number = calibrator.best().number, own = calibration(model);
  set_calibration(model, number);
  Judged judged{calibrator.losses(number), model.outputs(part).prediction};
  set_calibration(model, own);
  return judged;
}

double mean_loss(const std::vector<double>& losses) {
  double sum = 0;
  for (const double loss : losses) sum += loss;
  return sum / static_cast<double>(losses.size());
}

}  // namespace

double EpochChanges::error() const {
  double error = 0;
  for (std::size_t i : {0, 1})
    if (!std::isnan(recorded[i]))
      error = std::max(error, std::abs(losses[i] - recorded[i]) / std::abs(recorded[i]));
  return error;
}

bool EpochChanges::agrees() const {
  constexpr double rounding = 1e-9;
  return error() <= rounding;
}

EpochChanges epoch_changes(Run& run, std::int64_t epoch, int top) try {
  const StandardArithmetic arithmetic;
  const data::Part& part = run.data().validation;
  if (part.rows.empty())
    throw UsageError("the run has no validation rows, so that no epoch was judged by any");
  const std::vector<Progress> epochs = read_epochs(run);
  const auto count = static_cast<std::int64_t>(epochs.size());
  if (epoch < 1 || epoch > count)
    throw UsageError(fmt::format("epoch {}: the run has the epochs 1 to {}", epoch, count));
  if (top < 1) throw UsageError(fmt::format("top {}: name at least 1 row", top));
  const auto recorded = [&](std::int64_t which) {
    return which == 0 ? std::numeric_limits<double>::quiet_NaN()
                      : epochs[static_cast<std::size_t>(which - 1)].validation->loss;
  };
  const std::array<Judged, 2> states{judged_after(run, epoch - 1), judged_after(run, epoch)};
  EpochChanges found{.epoch = epoch, .rows = part.size()};
  for (std::size_t i : {0, 1}) {
    found.losses[i] = mean_loss(states[i].losses);
    found.recorded[i] = recorded(epoch - 1 + static_cast<std::int64_t>(i));
  }
  std::vector<double> rises(part.rows.size());
  for (std::size_t i = 0; i < rises.size(); ++i) {
    rises[i] = states[1].losses[i] - states[0].losses[i];
    found.worse += rises[i] > 0;
    found.better += rises[i] < 0;
  }
  const auto width = static_cast<std::size_t>(part.data->outputs());
  for (const std::size_t i : largest(rises, top)) {
    if (!(rises[i] > 0)) break;
    EpochChanges::Row row;
    for (std::size_t s : {0, 1}) {
      row.losses[s] = states[s].losses[i];
      row.rows[s] = described(run, {part.data.get(), part.rows[i]},
                              std::span(states[s].predictions.values).subspan(i * width, width));
    }
    found.worst.push_back(std::move(row));
  }
  return found;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
