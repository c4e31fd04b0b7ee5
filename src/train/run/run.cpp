// One run from the request to the folder, and what is left of one that was cut off.
#include <optional>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/file.h"
#include "chainrule/error.h"
#include "ranks/all_reduce.h"
#include "train/loop/baseline.h"
#include "train/loop/calibration.h"
#include "train/loop/steps.h"
#include "train/loop/threshold.h"
#include "train/record/checkpoint.h"
#include "train/record/recorder.h"
#include "train/record/run_files.h"
#include "train/run/ranks.h"
#include "train/run/summary.h"
#include "train/run/what_if_note.h"
#include "train/settings/config.h"
#include "train/settings/setup.h"
#include "train/signs/signs.h"
#include "words/messages.h"

namespace chainrule {
namespace {

Scores scores_of(Model& model, const data::Part& part, const data::TargetEncoding& target) {
  return part.rows.empty() ? Scores{} : evaluate(model, part, target);
}

void warn_of_few_threads(int asked, int started, const RunObserver& observer) {
  if (started < asked && observer.on_warning)
    observer.on_warning(in_words(Phrase::few_threads, started, asked));
}

void warn_of_idle_ranks(const RunConfig& config, const RunObserver& observer) {
  if (config.fit.ranks == nullptr) return;
  const int ranks = config.fit.ranks->size(), busy = ranks_at_work(ranks, config.fit.shards);
  if (busy < ranks && observer.on_warning)
    observer.on_warning(in_words(Phrase::idle_ranks, ranks - busy, ranks, config.fit.shards, busy));
}

// Writes, and where the disk is full gives up one checkpoint after another to make room.
template <class Write>
void write_making_room(Recorder& recorder, Write write) {
  while (true) {
    try {
      return write();
    } catch (const DiskFull&) {
      if (!recorder.give_up_oldest()) throw;
    }
  }
}

// What a run ends with; the summary, which is the sign that all is there, comes last.
void save(RunFolder& folder, const RunPlan& plan, const RunResult& result,
          const data::Encoder& encoder, Recorder& recorder, const RunObserver& observer) {
  const std::string summary = folder.file(summary_name);
  std::map<std::string, std::string> files;
  write_making_room(recorder, [&] {
    if (result.has_model) {
      files[model_name] = write_model(folder.file(model_name), plan.model, encoder, result.config);
    }
    recorder.flush();
    files.merge(recorder.last_checks());
    if (result.profile && !result.profile->programs.empty())
      write_file(folder.file(profile_name), sealed_trace(*result.profile, result.config.id));
  });
  folder.keep();
  if (observer.on_saved) {
    try {
      write_making_room(recorder, [&] { observer.on_saved(plan, result); });
    } catch (const DataError& error) {
      if (observer.on_warning) observer.on_warning(error.what());
    }
  }
  write_making_room(recorder, [&] {
    write_summary(summary, result,
                  {.files = files, .checkpoints = checkpoint_steps(folder.path())});
  });
}

// Trains from the start, or from the beginning, scores and saves.
RunResult train(RunFolder& folder, const RunSetup& setup, Model& model, Recorder& recorder,
                const FitStart* start, const RunObserver& observer, bool profiled = false) {
  const auto& [config, data] = setup;
  const RunPlan plan{folder.path(), config, data, model, start == nullptr ? 0 : start->state.step};
  if (observer.on_plan) observer.on_plan(plan);
  warn_of_few_threads(config.threads, model.session().threads(), observer);
  FitOptions options = config.fit;
  options.on_progress = observer.on_progress;
  options.report_steps = observer.on_progress ? steps_between_reports : 0;
  options.on_step = [&](const FitState& state) { recorder.observe(state); };
  options.start = start;
  RunResult result;
  if (profiled) options.profile = &result.profile.emplace();
  result.folder = folder.path();
  result.config = config;
  result.target = data.encoder.target();
  result.parameters = model.parameter_count();
  result.history =
      fit(model, config.optimizer, data.train, data.validation, result.target, options);
  result.sizes = recorder.sizes();
  // After a divergence only the weights of an earlier, validated epoch are worth keeping.
  result.has_model =
      result.history.stopped != StopReason::diverged || result.history.best_epoch > 0;
  if (result.has_model) {
    if (!calibration_of(model).empty()) result.calibration = calibration(model);
    if (config.threshold == automatic_threshold)
      result.target.threshold = best_threshold(model, data.validation, config.fit.metric);
    const data::Part counting = rows_that_count(config.fit.what_if, data.train);
    result.train = scores_of(model, counting, result.target);
    result.validation = scores_of(model, data.validation, result.target);
    result.test = scores_of(model, data.test, result.target);
    if (config.network.layers.size() > 1) {
      // Of rows that members see in turn, a linear model would have seen all.
      const data::Part& unseen = data.test.rows.empty() ? data.validation : data.test;
      if (!unseen.out_of_sample)
        result.linear = linear_scores(config, data.encoder, counting, unseen);
    }
  }
  if (result.history.stopped != StopReason::caller)
    result.signs =
        signs_of({.result = result, .data = data, .model = result.has_model ? &model : nullptr});
  try {
    save(folder, plan, result, data.encoder.with_threshold(result.target.threshold), recorder,
         observer);
  } catch (const DataError&) {
    if (folder.is_kept() && observer.on_warning)
      observer.on_warning(in_words(Phrase::saved_when_there_is_room, folder.path()));
    throw;
  }
  return result;
}

// A run that is over has a summary, which says how it ended. Where a file is missing or damaged
// there is something left to do all the same. (Who is told that all is saved makes a report then.)
void refuse_if_over(const std::string& folder, const std::optional<RunEnd>& end,
                    const RunObserver& observer) {
  if (!end || !check_files(folder).damaged.empty()) return;
  if (observer.on_saved && !is_there(folder + "/" + report_name)) return;
  if (end->stopped == "diverged")
    throw DataError({folder},
                    fmt::format("the run diverged at step {}, and would again; begin a new one "
                                "with --config {}/{} and a smaller --lr",
                                end->steps, folder, config_name));
  if (end->stopped == "finished" || end->stopped == "patience" || end->stopped == "cycle")
    throw DataError({folder},
                    fmt::format("the run is finished, after {} epochs: nothing is left to resume; "
                                "to train longer, begin a new one with --config {}/{} --epochs N",
                                end->epochs, folder, config_name));
}

// Nothing if there is none, or none that can be relied on: then it is made again.
std::optional<RunEnd> end_of(const std::string& folder, const std::string& run,
                             const RunObserver& observer) {
  try {
    return read_summary(folder, run);
  } catch (const DataError& error) {
    if (observer.on_warning) observer.on_warning(error.what());
    return {};
  }
}

// A rank that has no folder.
RunResult begun_beside(const TrainRequest& request, const RunObserver& observer) {
  const RunSetup setup = set_up(request);
  Model model = make_model(setup, request.model_file);
  agree(setup.config, 0);
  return train_beside(setup, model, nullptr, observer, request.profile);
}

RunResult begun(TrainRequest request, const RunObserver& observer) {
  validate(request);
  require_file_of_ranks(request);
  if (!has_folder(request.ranks)) return begun_beside(request, observer);
  RunFolder folder(request.out);
  request.data = kept_data(request.data, folder);
  const RunSetup setup = set_up(request);
  Model model = make_model(setup, request.model_file);
  agree(setup.config, 0);
  warn_of_idle_ranks(setup.config, observer);
  Recorder recorder(folder, model, setup.config, setup.data.train, observer.on_warning);
  write_file(folder.file(config_name), to_toml(setup.config));
  recorder.begin();
  return train(folder, setup, model, recorder, nullptr, observer, request.profile);
}

// A run as it was left, read from its folder.
struct Left {
  ConfigHead head;
  RunSetup setup;
  Model model;
  RecordedTables recorded;

  bool is_old() const { return head.header.format < newest_format; }
};

Left read_left(const std::string& path, const RunOptions& options, const RunObserver& observer) {
  ConfigHead head = read_config_head(path + "/" + std::string(config_name));
  refuse_if_over(path, end_of(path, head.header.run, observer), observer);
  const TrainRequest request = read_request(path, head, options);
  RunSetup setup = set_up(request, head.fingerprint);
  if (head.header.format == newest_format) setup.config.id = head.header.run;
  if (const Text note = layout_note(head.header, path); !note.empty() && observer.on_warning)
    observer.on_warning(note);
  Model model = make_model(setup, request.model_file);
  RecordedTables recorded =
      read_recorded_tables(path, head.header.run, setup.data.target.task,
                           setup.data.validation.size(), setup.config.fit.metric);
  return {std::move(head), std::move(setup), std::move(model), std::move(recorded)};
}

std::optional<FitStart> agreed_start(const Left& left, const LayerSizes& sizes,
                                     const RunObserver& observer) {
  const RunConfig& config = left.setup.config;
  std::optional<FitStart> start = left.recorded.newest_start(
      steps_per_epoch(left.setup.data.train.size(), config.fit), sizes, observer.on_warning);
  agree(config, start ? start->state.step : 0);
  return start;
}

RunResult resumed_beside(const std::string& path, const RunOptions& options,
                         const RunObserver& observer) {
  Left left = read_left(path, options, observer);
  const LayerSizes sizes(left.model, left.setup.config, left.setup.data.train);
  const std::optional<FitStart> start = agreed_start(left, sizes, observer);
  return train_beside(left.setup, left.model, start ? &*start : nullptr, observer);
}

RunResult resumed(const std::string& folder_path, const RunOptions& options,
                  const RunObserver& observer) {
  const std::string path = tidy_path(folder_path);
  require_run(path);
  if (!has_folder(options.ranks)) return resumed_beside(path, options, observer);
  RunFolder folder = RunFolder::of(path);
  Left left = read_left(path, options, observer);
  auto& [head, setup, model, recorded] = left;
  Recorder recorder(folder, model, setup.config, setup.data.train, observer.on_warning);
  const std::optional<FitStart> start = agreed_start(left, recorder.layer_sizes(), observer);
  warn_of_idle_ranks(setup.config, observer);
  // From here on the run has not ended, whatever it had done before.
  remove_file(folder.file(summary_name));
  folder.remove_left_over();
  if (start)
    recorder.resume_after(start->state, recorded);
  else
    recorder.begin();
  if (left.is_old())
    write_file(folder.file(config_name), to_toml(setup.config, head.header.layout));
  return train(folder, setup, model, recorder, start ? &*start : nullptr, observer);
}

// Whatever leaves `body` is one of the three errors, or what the observer has thrown.
template <class Body>
RunResult observed(const RunObserver& observer, Body body) {
  CallersFunctions outside;
  try {
    return body({.on_plan = outside.wrapped(observer.on_plan),
                 .on_progress = outside.wrapped(observer.on_progress),
                 .on_warning = outside.wrapped(observer.on_warning),
                 .on_saved = outside.wrapped(observer.on_saved)});
  } catch (...) {
    outside.throw_ours_or_theirs();
  }
}

}  // namespace

RunResult train_run(const TrainRequest& request, const RunObserver& observer) {
  return observed(observer, [&](const RunObserver& own) { return begun(request, own); });
}

RunResult resume_run(const std::string& folder, const RunOptions& options,
                     const RunObserver& observer) {
  return observed(observer, [&](const RunObserver& own) { return resumed(folder, options, own); });
}

}  // namespace chainrule
