// A step of a recorded run, for the pages about it.
#include "explain/story/replayed.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "train/loop/steps.h"
#include "train/run/run_rows.h"

namespace chainrule::page {
namespace {

DoubleTensor widened(Shape shape, std::span<const float> values) {
  return {shape, std::vector<double>(values.begin(), values.end())};
}

DoubleTensor scalar(double value) { return {{}, {static_cast<double>(static_cast<float>(value))}}; }

}  // namespace

StepState state_before(Run& run, std::int64_t step, const Run::Batch& batch) {
  run.go_to(step - 1);
  const RunConfig& config = run.config();
  StepState state{.network = config.network,
                  .loss = config.loss,
                  .optimizer = config.optimizer,
                  .options = step_options(config.fit, run.data().train.data->weighs_rows()),
                  .seed = run.model().options().seed};
  const Session& session = run.model().session();
  for (const std::string& name : session.variables())
    state.feeds[name] = widened(session.shape(name), session.values(name));
  const data::Dataset& data = *run.data().train.data;
  const auto rows = static_cast<std::int64_t>(batch.rows.size());
  Tensor x(run.model().row().batch(rows)), target({rows, data.outputs()});
  data.gather(batch.rows, x.values.data(), target.values.data(),
              {.how = config.fit.augmentation, .seed = config.fit.seed, .step = step});
  state.feeds["x"] = widened(x.shape, x.values);
  state.feeds["target"] = widened(target.shape, target.values);
  if (data.weighs_rows()) {
    DoubleTensor& weights = state.feeds["row_weight"] = DoubleTensor({rows, 1});
    std::ranges::transform(batch.rows, weights.values.begin(),
                           [&](std::int64_t row) { return data.row_weight(row); });
  }
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

}  // namespace

StepNotes notes_of(const Run& run, std::int64_t step, const Run::Batch& batch) {
  StepNotes notes{.step = step,
                  .steps = run.steps(),
                  .epoch = batch.epoch,
                  .learning_rate = shortest(batch.learning_rate),
                  .optimizer = std::string(name_of(run.config().optimizer)),
                  .loss = to_string(run.config().loss)};
  const data::Dataset& data = *run.data().train.data;
  for (const std::int64_t row : batch.rows) notes.samples.push_back(row_at(run, {&data, row}));
  if (const FitOptions& fit = run.config().fit; fit.augmentation.moves()) {
    notes.seed = fit.seed;
    for (const std::int64_t row : batch.rows)
      notes.draws.push_back(data::draw_of(fit.augmentation, fit.seed, step, row));
  }
  notes.feature = [&run](std::int64_t feature) { return run.data().encoder.feature_name(feature); };
  return notes;
}

}  // namespace chainrule::page
