// A run's numbers, explained: the step is taken again from the recorded state.
#include <algorithm>

#include <fmt/format.h>

#include "base/boundary.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "explain/page/notation_notes.h"
#include "explain/story/change_page.h"
#include "explain/story/replayed.h"
#include "explain/story/run_story.h"
#include "train/record/run_files.h"

namespace chainrule {
namespace {

using page::RunStep;
using page::StepNotes;

page::Page page_about(RunStep& step, const StepNotes& notes, const RunQuestion& question) {
  const page::Asked asked = parse_quantity(step, question.quantity, question.sample);
  if (asked.kind == page::Asked::Kind::letter) return build_rule(step, asked, notes);
  if (asked.kind == page::Asked::Kind::layer) return build_contents(step, notes, asked.symbol);
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

Explanation explained_validation(Run& run, const RunQuestion& question,
                                 const ExplainOptions& options) {
  if (question.step > 0)
    throw UsageError("validation.loss is that of an epoch; ask for --epoch N, not for a step");
  if (question.epoch != 0)
    return explain_changes(epoch_changes(run, question.epoch, std::max(question.top, 10)), options);
  if (run.data().validation.rows.empty())
    throw UsageError("the run has no validation rows, so that no epoch was judged by any");
  return explained(page::epochs_page(read_epochs(run)), options);
}

}  // namespace

Explanation explain(Run& run, const RunQuestion& question, const ExplainOptions& options) try {
  page::require_digits(options);
  validate(question, run);
  if (question.quantity == "validation.loss") return explained_validation(run, question, options);
  if (question.epoch != 0)
    throw UsageError("an epoch is asked for with validation.loss; other numbers have a step");
  const std::int64_t step = question.step > 0 ? question.step : page::telling_step(run);
  const Run::Batch batch = run.batch(step);
  const auto samples = static_cast<std::int64_t>(batch.rows.size());
  if (question.sample < 0 || question.sample >= samples)
    throw UsageError(
        fmt::format("sample {}: step {} has samples 0 to {}", question.sample, step, samples - 1));
  if (question.quantity == "accuracy" &&
      run.data().encoder.target().task != data::Task::classification)
    throw UsageError(
        "accuracy: the run predicts numbers, which are not right or wrong; ask for loss");
  StepNotes notes = page::notes_of(run, step, batch);
  notes.is_chosen = question.step == 0;
  // Names are known without playing the run again.
  const bool names_alone = question.quantity.empty();
  RunStep taken(names_alone ? page::shapes_of(run, samples) : page::state_before(run, step, batch),
                {}, names_alone ? page::Precision::none : page::Precision::doubled);
  page::Page page = names_alone ? build_contents(taken, notes) : page_about(taken, notes, question);
  add_notation_notes(page);
  page.is_of_run = true;
  return explained(page, options);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
