// One run from the request to the folder.
#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "train/config.h"
#include "train/defaults.h"
#include "train/run_parts.h"

namespace chainrule {
namespace {

// Steps between two looks at whether somebody wants to stop.
constexpr std::int64_t steps_between_reports = 16;

int threads_of(const TrainRequest& request) {
  const auto machine = static_cast<int>(std::thread::hardware_concurrency());
  return request.threads.value_or(std::clamp(machine, 1, 1024));
}

// Reads the data and fills in what the configuration says of it.
data::Prepared prepare(const TrainRequest& request, RunConfig& config) {
  config.data = request.data;
  config.categorical = request.categorical;
  data::Source source = data::open(request.data, {.categorical = request.categorical});
  config.fingerprint = fingerprint(source);
  if (source.test && request.test.value_or(0) > 0)
    throw UsageError(
        fmt::format("test = {}, but {} has a test part of its own, which is used; "
                    "leave test out",
                    *request.test, request.data));
  const data::Target target = data::decide_target(source, request.target);
  config.rows = static_cast<std::int64_t>(target.rows.size()) + target.left_out;
  config.target = {.column = target.name, .task = target.task};
  config.encode = request.encode;
  config.split.seed = config.seed;
  config.split.test = source.test ? 0 : request.test.value_or(default_test);
  config.split.validation = request.validation.value_or(
      default_validation(static_cast<std::int64_t>(target.rows.size())));
  return data::prepare(std::move(source),
                       {.target = config.target, .encode = config.encode, .split = config.split});
}

Scores scores_of(Model& model, const data::Part& part, const data::Encoder& encoder) {
  return part.rows.empty() ? Scores{} : evaluate(model, part, encoder.target());
}

}  // namespace

RunResult train_run(const TrainRequest& request, const RunObserver& observer) {
  validate(request);
  std::optional<NetworkFile> file;
  if (!request.model_file.empty()) file = read_network_file(request.model_file, config_tables);
  RunFolder folder(request.out);

  RunResult result;
  RunConfig& config = result.config;
  config.seed = request.seed.value_or(file ? file->seed : 0);
  config.threads = threads_of(request);
  const data::Prepared data = prepare(request, config);
  if (data.train.rows.empty())
    throw DataError({request.data}, "no rows are left to train on; keep fewer for the test");
  decide_settings(config, request, file, data);
  Model model = make_model(config, request.model_file);
  if (observer.on_plan) observer.on_plan({folder.path(), config, data, model});

  FitOptions options = config.fit;
  options.on_progress = observer.on_progress;
  options.report_steps = observer.on_progress ? steps_between_reports : 0;
  if (request.profile) options.profile = &result.profile.emplace();
  result.target = data.encoder.target();
  result.parameters = model.parameter_count();
  result.history =
      fit(model, config.optimizer, data.train, data.validation, result.target, options);
  // After a divergence only the weights of an earlier, validated epoch are worth keeping.
  const bool has_weights =
      result.history.stopped != StopReason::diverged ||
      (config.fit.keep_best && !data.validation.rows.empty() && !result.history.epochs.empty());
  if (!has_weights) return result;

  result.train = scores_of(model, data.train, data.encoder);
  result.validation = scores_of(model, data.validation, data.encoder);
  result.test = scores_of(model, data.test, data.encoder);
  result.folder = folder.path();
  save(folder, result, model, data.encoder);
  folder.keep();
  return result;
}

}  // namespace chainrule
