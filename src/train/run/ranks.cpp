#include "train/run/ranks.h"

#include <fmt/format.h>

#include "ranks/agreement.h"
#include "train/settings/run_header.h"

namespace chainrule {

bool has_folder(const Communicator* ranks) { return ranks == nullptr || ranks->rank() == 0; }

void require_file_of_ranks(const TrainRequest& request) {
  if (request.ranks != nullptr && request.data == data::standard_input)
    throw UsageError("standard input is not read by several ranks: give them a file");
}

void agree(const RunConfig& config, std::int64_t step) {
  Communicator* ranks = config.fit.ranks;
  if (ranks == nullptr) return;
  const RunHeader header = header_of(config.id);
  require_agreement(*ranks, "version of Chainrule", header.version);
  require_agreement(*ranks, "layout of the arithmetic", fmt::format("{}", header.layout));
  require_agreement(*ranks, "run, by its settings,", header.run);
  require_agreement(*ranks, "newest checkpoint", fmt::format("step {}", step));
}

RunResult train_beside(const RunSetup& setup, Model& model, const FitStart* start,
                       const RunObserver& observer, bool profiled) {
  const auto& [config, data] = setup;
  FitOptions options = config.fit;
  options.on_progress = observer.on_progress;
  options.report_steps = observer.on_progress ? steps_between_reports : 0;
  options.start = start;
  RunResult result;
  if (profiled) options.profile = &result.profile.emplace();
  result.has_model = false;
  result.config = config;
  result.target = data.encoder.target();
  result.parameters = model.parameter_count();
  result.history =
      fit(model, config.optimizer, data.train, data.validation, result.target, options);
  return result;
}

}  // namespace chainrule
