// A run's report: of a training that has just ended, or from its folder.
#include <optional>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/sealed.h"
#include "explain/report/report.h"
#include "train/loop/calibration.h"
#include "train/record/run_files.h"
#include "train/run/what_if_note.h"
#include "train/signs/signs.h"

namespace chainrule {
namespace {

// With the run's id and a seal, as everything that a run's folder holds.
std::string sealed_page(const page::ReportSource& source, Language language) {
  return sealed(fmt::format("{}<!-- run {} -->\n", page::write_report(source, language),
                            source.result.config.id),
                html_seal);
}

// The last one that was better than all before it; without validation the last one.
std::int64_t best_epoch_of(const std::vector<Progress>& epochs) {
  std::int64_t best = 0;
  for (const Progress& epoch : epochs)
    if (epoch.is_best) best = epoch.epoch;
  return best > 0 ? best : static_cast<std::int64_t>(epochs.size());
}

// How it ended; one that has not is as one that was interrupted.
StopReason stop_of(const Run& run) {
  const auto end = read_summary(run.folder(), run.config().id);
  if (!end || end->stopped == "interrupted") return StopReason::caller;
  return end->stopped == "diverged" ? StopReason::diverged : StopReason::finished;
}

}  // namespace

std::string report(const RunPlan& plan, const RunResult& result, Language language,
                   std::string_view program) try {
  return sealed_page({.result = result,
                      .data = plan.data,
                      .model = result.has_model ? &plan.model : nullptr,
                      .program = program},
                     language);
} catch (...) {
  throw_ours();
}

std::string report(const std::string& folder, Language language, const RunOptions& options,
                   std::string_view program) try {
  Run run = Run::open(folder, options);
  RunResult result;
  result.folder = folder;
  result.config = run.config();
  result.target = run.data().encoder.target();
  result.history.epochs = read_epochs(run);
  result.history.best_epoch = best_epoch_of(result.history.epochs);
  result.sizes = read_sizes(run);
  result.history.steps = run.steps();
  result.has_model = has_model(run);
  result.history.stopped = result.has_model ? stop_of(run) : StopReason::diverged;
  std::optional<SavedRun> saved;
  for (const Model::ParameterInfo& parameter : run.model().parameters())
    result.parameters += parameter.shape.size();
  if (result.has_model) {
    saved.emplace(SavedRun::open(folder));
    result.target.threshold = saved->encoder().target().threshold;
    if (!calibration_of(saved->model()).empty()) result.calibration = calibration(saved->model());
    const auto scored = [&](const data::Part& part) {
      return part.rows.empty() ? Scores{} : evaluate(saved->model(), part, result.target);
    };
    result.train = scored(rows_that_count(run.config().fit.what_if, run.data().train));
    result.validation = scored(run.data().validation);
    result.test = scored(run.data().test);
  }
  Model* model = saved ? &saved->model() : nullptr;
  if (result.history.stopped != StopReason::caller)
    result.signs = signs_of({.result = result, .data = run.data(), .model = model});
  // That it asks what if the report says in its own words.
  std::vector<Text> notes = run.notes();
  std::erase(notes, what_if_note(folder, run.config().fit.what_if));
  return sealed_page(
      {.result = result, .data = run.data(), .model = model, .notes = notes, .program = program},
      language);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
