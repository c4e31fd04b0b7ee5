// A run's numbers, explained: the step is taken again from the recorded state.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "explain/replayed.h"
#include "explain/run_story.h"

namespace chainrule {
namespace page {
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
                  .clip_norm = config.fit.clip_norm,
                  .seed = run.model().options().seed};
  const Session& session = run.model().session();
  for (const std::string& name : session.variables())
    state.feeds[name] = widened(session.shape(name), session.values(name));
  const data::Dataset& data = *run.data().train.data;
  const auto rows = static_cast<std::int64_t>(batch.rows.size());
  Tensor x({rows, data.width()}), target({rows, data.outputs()});
  data.gather(batch.rows, x.values.data(), target.values.data());
  state.feeds["x"] = widened(x.shape, x.values);
  state.feeds["target"] = widened(target.shape, target.values);
  state.feeds["learning_rate"] = scalar(batch.learning_rate);
  state.feeds["step"] = scalar(static_cast<double>(step));
  state.feeds["counter"] = {
      {2}, {static_cast<double>(step & 0xFFFFFF), static_cast<double>(step >> 24)}};
  return state;
}

namespace {

std::string target_text(const Run& run, std::int64_t row) {
  const data::Dataset& data = *run.data().train.data;
  const data::TargetEncoding& target = run.data().encoder.target();
  if (target.task == data::Task::classification) {
    const std::int32_t which = data.class_of(row);
    return which < 0 ? "?" : target.classes[static_cast<std::size_t>(which)];
  }
  std::vector<float> x(static_cast<std::size_t>(data.width())),
      numbers(static_cast<std::size_t>(data.outputs()));
  data.gather(std::vector<std::int64_t>{row}, x.data(), numbers.data());
  std::string text;
  for (std::size_t k = 0; k < numbers.size(); ++k)
    text += fmt::format("{}{:.6g}", k == 0 ? "" : ", ",
                        run.data().encoder.in_target_units(static_cast<double>(numbers[k]),
                                                           static_cast<std::int64_t>(k)));
  return text;
}

}  // namespace

StepNotes notes_of(const Run& run, std::int64_t step, const Run::Batch& batch) {
  StepNotes notes{.step = step,
                  .steps = run.steps(),
                  .epoch = batch.epoch,
                  .optimizer = std::string(name_of(run.config().optimizer)),
                  .loss = std::string(run.config().loss.name)};
  for (const std::int64_t row : batch.rows) {
    const FilePlace place = run.data().train.data->place(row);
    notes.samples.push_back({.file = std::filesystem::path(place.file).filename().string(),
                             .number = place.line > 0 ? place.line : row + 1,
                             .is_line = place.line > 0,
                             .target = target_text(run, row)});
  }
  notes.feature = [&run](std::int64_t feature) { return run.data().encoder.feature_name(feature); };
  return notes;
}

}  // namespace page

namespace {

using page::RunStep;
using page::StepNotes;

page::Page page_about(RunStep& step, const StepNotes& notes, const RunQuestion& question) {
  if (question.quantity.empty()) return build_contents(step, notes);
  const page::Asked asked = parse_quantity(step, question.quantity, question.sample);
  if (asked.kind == page::Asked::Kind::tensor) return build_summary(step, asked, notes);
  if (asked.kind == page::Asked::Kind::accuracy) return build_accuracy(step, notes);
  return build_story(step, asked, notes, {.top = question.top, .depth = question.depth});
}

void validate(const RunQuestion& question, const Run& run) {
  const auto require = [](bool holds, const std::string& message) {
    if (!holds) throw UsageError(message);
  };
  require(run.steps() > 0, "the run has taken no step yet, so there is nothing to explain");
  require(question.step >= 0 && question.step <= run.steps(),
          fmt::format("step {}: the run has steps 1 to {}", question.step, run.steps()));
  require(question.top >= 1, fmt::format("top {}: show at least 1 term", question.top));
  require(question.depth >= 1, fmt::format("depth {}: open at least 1 sum", question.depth));
}

}  // namespace

Explanation explain(Run& run, const RunQuestion& question, const ExplainOptions& options) {
  page::require_digits(options);
  validate(question, run);
  const std::int64_t step = question.step > 0 ? question.step : run.steps();
  const Run::Batch batch = run.batch(step);
  const auto samples = static_cast<std::int64_t>(batch.rows.size());
  if (question.sample < 0 || question.sample >= samples)
    throw UsageError(
        fmt::format("sample {}: step {} has samples 0 to {}", question.sample, step, samples - 1));
  if (question.quantity == "accuracy" &&
      run.data().encoder.target().task != data::Task::classification)
    throw UsageError(
        "accuracy: the run predicts numbers, which are not right or wrong; ask for loss");
  RunStep taken(page::state_before(run, step, batch));
  const page::Page page = page_about(taken, page::notes_of(run, step, batch), question);
  return {.page = options.format == PageFormat::json ? write_story_json(page, options)
                                                     : write(page, options),
          .passed = page.verdict.passed,
          .max_relative_error = page.verdict.max_relative_error};
}

}  // namespace chainrule
