// A step of a recorded run, for the pages about it.
#include "explain/story/replayed.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "train/loop/steps.h"
#include "train/loop/what_if.h"
#include "train/run/run_rows.h"

namespace chainrule::page {
namespace {

DoubleTensor widened(Shape shape, std::span<const float> values) {
  return {shape, std::vector<double>(values.begin(), values.end())};
}

// What the engine takes in single precision is told as it was worked out: a schedule's formula then
// gives just that.
DoubleTensor scalar(double value) { return {{}, {value}}; }

StepState settings_of(const RunConfig& config, std::int64_t row_weights) {
  return {.network = config.network,
          .loss = config.loss,
          .optimizer = config.optimizer,
          .options = step_options(config.fit, row_weights)};
}

}  // namespace

StepState shapes_of(const Run& run, std::int64_t samples) {
  const data::Dataset& data = *run.data().train.data;
  const std::int64_t row_weights = data.weighs_rows() ? data.weights_per_row() : 0;
  StepState state = settings_of(run.config(), row_weights);
  if (row_weights > 0) state.feeds["row_weight"] = DoubleTensor({samples, row_weights});
  state.feeds["x"] = DoubleTensor(run.config().row.batch(samples));
  state.feeds["target"] = DoubleTensor({samples, data.outputs()});
  return state;
}

std::int64_t telling_step(const Run& run) {
  const FitOptions& fit = run.config().fit;
  const std::int64_t planned = fit.epochs * run.steps_per_epoch();
  const auto rate = [&](std::int64_t step) {
    return learning_rate_at(fit.schedule, 1, step, planned);
  };
  double largest = 0;
  for (std::int64_t step = 1; step <= run.steps(); ++step) largest = std::max(largest, rate(step));
  std::int64_t step = run.steps();
  while (step > 1 && rate(step) < largest / 2) --step;
  return step;
}

StepState state_before(Run& run, std::int64_t step, const Run::Batch& batch) {
  run.go_to(step - 1);
  const RunConfig& config = run.config();
  const data::Dataset& data = *run.data().train.data;
  const std::int64_t row_weights = batch.weights.empty() ? 0 : data.weights_per_row();
  StepState state = settings_of(config, row_weights);
  state.seed = run.model().options().seed;
  const Session& session = run.model().session();
  for (const std::string& name : session.variables())
    state.feeds[name] = widened(session.shape(name), session.values(name));
  if (const WhatIf& what_if = config.fit.what_if; what_if.at == step)
    for (const auto& [name, index, value] : changes_in(what_if, session))
      state.feeds.at(name).values[static_cast<std::size_t>(index)] = static_cast<double>(value);
  const auto rows = static_cast<std::int64_t>(batch.rows.size());
  Tensor x(run.model().row().batch(rows)), target({rows, data.outputs()});
  data.gather(batch.rows, x.values.data(), target.values.data(),
              {.how = config.fit.augmentation, .seed = config.fit.seed, .step = step});
  state.feeds["x"] = widened(x.shape, x.values);
  state.feeds["target"] = widened(target.shape, target.values);
  if (row_weights > 0) state.feeds["row_weight"] = widened({rows, row_weights}, batch.weights);
  state.feeds["learning_rate"] = scalar(batch.learning_rate);
  state.feeds["dropout_factor"] = scalar(batch.dropout_factor);
  state.feeds["decay_factor"] = scalar(batch.decay_factor);
  state.feeds["step"] = scalar(static_cast<double>(step));
  state.feeds["counter"] = widened({2}, counter_of(step));
  return state;
}

namespace {

// As the user would write it: 0.01, though single precision holds a number beside it.
Quantity shortest(double rate) {
  const std::string text = fmt::format("{}", static_cast<float>(rate));
  Quantity quantity{"", 0, true};
  std::from_chars(text.data(), text.data() + text.size(), quantity.value);
  return quantity;
}

std::string members_without(const data::Dataset& data, std::int64_t row) {
  std::vector<std::int64_t> members;
  for (std::int64_t member = 0; member < data.weights_per_row(); ++member)
    if (data.row_weight(row, member) == 0) members.push_back(member);
  return fmt::format("{}", fmt::join(members, ", "));
}

}  // namespace

StepNotes notes_of(const Run& run, std::int64_t step, const Run::Batch& batch) {
  StepNotes notes{.step = step,
                  .steps = run.steps(),
                  .epoch = batch.epoch,
                  .learning_rate = shortest(batch.learning_rate),
                  .optimizer = std::string(name_of(run.config().optimizer)),
                  .loss = to_string(run.config().loss)};
  const FitOptions& fit = run.config().fit;
  const data::Dataset& data = *run.data().train.data;
  for (const std::int64_t row : batch.rows) {
    notes.samples.push_back(row_at(run, {&data, row}));
    if (data.weights_per_row() > 1) notes.unseen_by.push_back(members_without(data, row));
  }
  if (fit.augmentation.moves()) {
    notes.seed = fit.seed;
    for (const std::int64_t row : batch.rows)
      notes.draws.push_back(data::draw_of(fit.augmentation, fit.seed, step, row));
  }
  Optimizer optimizer = run.config().optimizer;
  const auto add = [&](const Schedule& schedule, const char* symbol, double base, double at_step) {
    if (!is_constant(schedule)) notes.schedules.push_back({schedule, symbol, base, at_step});
  };
  add(fit.schedule, "rate", learning_rate(optimizer), batch.learning_rate);
  add(fit.weight_decay_schedule, "decay_factor", 1, batch.decay_factor);
  if (nn::draws(run.config().network))
    add(fit.dropout_schedule, "dropout_factor", 1, batch.dropout_factor);
  notes.planned = fit.epochs * run.steps_per_epoch();
  notes.is_validated = !run.data().validation.rows.empty();
  notes.feature = [&run](std::int64_t feature) { return run.data().encoder.feature_name(feature); };
  return notes;
}

}  // namespace chainrule::page
