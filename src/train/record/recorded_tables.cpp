#include "train/record/recorded_tables.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "train/record/checkpoint.h"
#include "train/record/metrics.h"
#include "train/record/run_files.h"
#include "words/messages.h"

namespace chainrule {
namespace {

std::string text_of(const std::string& folder, const char* name) {
  return read_file_if_there(folder + "/" + name);
}

FitStart start_from(Checkpoint checkpoint, const std::vector<Progress>& epochs,
                    std::int64_t steps_per_epoch) {
  FitStart start{.variables = std::move(checkpoint.variables)};
  start.state.step = checkpoint.step;
  start.state.loss_sum = checkpoint.loss_sum;
  start.state.best_weights = std::move(checkpoint.best_weights);
  start.state.history.seconds = checkpoint.seconds;
  const auto done = static_cast<std::ptrdiff_t>(checkpoint.step / steps_per_epoch);
  start.state.history.epochs.assign(epochs.begin(), epochs.begin() + done);
  for (Progress& epoch : start.state.history.epochs) {
    epoch.step = epoch.epoch * steps_per_epoch;
    if (epoch.is_best) {
      start.state.best = epoch.validation;
      start.state.history.best_epoch = epoch.epoch;
    }
  }
  return start;
}

}  // namespace

RecordedTables read_recorded_tables(const std::string& folder, const std::string& run,
                                    data::Task task, std::int64_t scored, Metric metric) {
  return {.folder = folder,
          .run = run,
          .record = read_record(text_of(folder, record_name), run),
          .metrics = read_metrics(text_of(folder, metrics_name), run, task, scored, metric),
          .sizes = read_layer_sizes(text_of(folder, sizes_name), run)};
}

std::optional<FitStart> RecordedTables::newest_start(
    std::int64_t steps_per_epoch, const LayerSizes& measured,
    const std::function<void(const Text&)>& warn) const {
  const auto tell = [&](const Text& what) {
    if (warn) warn(what);
  };
  const auto tell_damage = [&](const TablePlaces& places, const char* name) {
    if (places.bad_line) tell(in_words(Phrase::line_is_damaged, folder, name, *places.bad_line));
  };
  tell_damage(record.places, record_name);
  tell_damage(metrics.places, metrics_name);
  tell_damage(sizes.places, sizes_name);

  std::optional<FitStart> start;
  const std::vector<std::int64_t> steps = checkpoint_steps(folder);
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (*step / steps_per_epoch > static_cast<std::int64_t>(metrics.lines.size())) continue;
    // Until format 1 the sizes were written at the end only.
    if (!run.empty() && !measured.are_all_until(*step, sizes.lines)) continue;
    try {
      Checkpoint checkpoint = read_checkpoint_of(folder, *step, run, record.lines);
      if (!start) start = start_from(std::move(checkpoint), metrics.lines, steps_per_epoch);
    } catch (const DataError& error) {
      tell(in_words(Phrase::is_removed, error.what()));
      remove_file(folder + "/" + checkpoint_name(*step));
    }
  }
  return start;
}

}  // namespace chainrule
