// One run from the request to the folder, and what is left of one that was cut off.
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "chainrule/error.h"
#include "train/checkpoint.h"
#include "train/config.h"
#include "train/layer_sizes.h"
#include "train/metrics.h"
#include "train/recorder.h"
#include "train/run_parts.h"
#include "train/steps.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;

// Steps between two looks at whether somebody wants to stop.
constexpr std::int64_t steps_between_reports = 16;

Scores scores_of(Model& model, const data::Part& part, const data::Encoder& encoder) {
  return part.rows.empty() ? Scores{} : evaluate(model, part, encoder.target());
}

// Trains from the start, or from the beginning, scores and saves.
RunResult train(RunFolder& folder, const RunSetup& setup, Model& model, Recorder& recorder,
                const FitStart* start, const RunObserver& observer, bool profiled = false) {
  const auto& [config, data] = setup;
  const RunPlan plan{folder.path(), config, data, model, start == nullptr ? 0 : start->state.step};
  if (observer.on_plan) observer.on_plan(plan);
  FitOptions options = config.fit;
  options.on_progress = observer.on_progress;
  options.report_steps = observer.on_progress ? steps_between_reports : 0;
  LayerSizes sizes(model, config, data.train);
  if (start != nullptr)
    sizes.resume(read_layer_sizes(read_file_if_there(folder.file(sizes_name))), start->state.step);
  options.on_step = [&](const FitState& state) {
    recorder.observe(state);
    sizes.observe(state);
  };
  options.start = start;
  RunResult result;
  if (profiled) options.profile = &result.profile.emplace();
  result.folder = folder.path();
  result.config = config;
  result.target = data.encoder.target();
  result.parameters = model.parameter_count();
  result.history =
      fit(model, config.optimizer, data.train, data.validation, result.target, options);
  result.sizes = sizes.sizes();
  // After a divergence only the weights of an earlier, validated epoch are worth keeping.
  result.has_model =
      result.history.stopped != StopReason::diverged ||
      (config.fit.keep_best && !data.validation.rows.empty() && !result.history.epochs.empty());
  if (result.has_model) {
    result.train = scores_of(model, data.train, data.encoder);
    result.validation = scores_of(model, data.validation, data.encoder);
    result.test = scores_of(model, data.test, data.encoder);
  }
  try {
    save(folder, result, model, data.encoder, recorder.has_all_metrics());
  } catch (const DataError&) {
    if (folder.is_kept() && observer.on_warning)
      observer.on_warning(
          fmt::format("the training is recorded; when there is room again, chainrule "
                      "train --resume {} saves what it has learnt",
                      folder.path()));
    throw;
  }
  folder.keep();
  if (observer.on_saved) observer.on_saved(plan, result);
  return result;
}

// A run that is over has a summary, which says how it ended.
void refuse_if_over(const std::string& folder) {
  const std::string path = folder + "/" + summary_name;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return;
  const auto summary = nlohmann::json::parse(read_file(path), nullptr, false);
  const std::string stopped = summary.is_object() ? summary.value("stopped", "") : "";
  if (stopped == "diverged")
    throw DataError({folder},
                    fmt::format("the run diverged at step {}, and would again; begin a new one "
                                "with --config {}/{} and a smaller --lr",
                                summary.value("steps", std::int64_t{0}), folder, config_name));
  if (stopped == "finished" || stopped == "patience")
    throw DataError({folder},
                    fmt::format("the run is finished, after {} epochs: nothing is left to resume; "
                                "to train longer, begin a new one with --config {}/{} --epochs N",
                                summary.value("epochs", std::int64_t{0}), folder, config_name));
}

// The newest checkpoint that is whole, with the epochs before it; empty: there is none.
std::optional<FitStart> newest_start(const std::string& folder, const RunSetup& setup) {
  const std::int64_t scored = setup.data.validation.size();
  const std::vector<Progress> epochs =
      read_metrics(read_file(folder + "/" + metrics_name), setup.data.target.task, scored);
  const std::int64_t per_epoch = steps_per_epoch(setup.data.train.size(), setup.config.fit);
  const std::vector<std::int64_t> steps = checkpoint_steps(folder);
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    const std::int64_t done = *step / per_epoch;
    if (done > static_cast<std::int64_t>(epochs.size())) continue;
    try {
      Checkpoint checkpoint = read_checkpoint(folder + "/" + checkpoint_name(*step));
      FitStart start{.variables = std::move(checkpoint.variables)};
      start.state.step = checkpoint.step;
      start.state.loss_sum = checkpoint.loss_sum;
      start.state.best_weights = std::move(checkpoint.best_weights);
      start.state.history.epochs.assign(epochs.begin(), epochs.begin() + done);
      start.state.history.seconds = checkpoint.seconds;
      for (Progress& epoch : start.state.history.epochs) {
        epoch.step = epoch.epoch * per_epoch;
        if (epoch.is_best) {
          start.state.best_loss = epoch.validation->loss;
          start.state.history.best_epoch = epoch.epoch;
        }
      }
      return start;
    } catch (const DataError&) {
      continue;  // damaged: the one before it will do
    }
  }
  return {};
}

}  // namespace

RunResult train_run(const TrainRequest& request, const RunObserver& observer) {
  validate(request);
  RunFolder folder(request.out);
  const RunSetup setup = set_up(request);
  Model model = make_model(setup.config, request.model_file);
  // Whatever has a configuration has a record too, however early it is killed.
  Recorder recorder(folder, model, setup.data.target.task, setup.config.checkpoint_every,
                    observer.on_warning);
  write_file(folder.file(config_name), to_toml(setup.config));
  return train(folder, setup, model, recorder, nullptr, observer, request.profile);
}

RunResult resume_run(const std::string& folder_path, const RunOptions& options,
                     const RunObserver& observer) {
  const std::string path = tidy_path(folder_path);
  const TrainRequest request = read_request(path, options);
  refuse_if_over(path);
  const std::string config = path + "/" + config_name;
  const RunSetup setup = set_up(request, read_config_data(config).fingerprint);
  Model model = make_model(setup.config, request.model_file);
  RunFolder folder = RunFolder::of(path);
  Recorder recorder(folder, model, setup.data.target.task, setup.config.checkpoint_every,
                    observer.on_warning);
  const std::optional<FitStart> start = newest_start(path, setup);
  recorder.resume_after(start ? &start->state : nullptr);
  return train(folder, setup, model, recorder, start ? &*start : nullptr, observer);
}

}  // namespace chainrule
