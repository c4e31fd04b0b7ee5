// A recorded run at any of its steps.
#include <algorithm>

#include <fmt/format.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "train/checkpoint.h"
#include "train/config.h"
#include "train/run_parts.h"
#include "train/steps.h"

namespace chainrule {

struct Run::Impl {
  Impl(std::string run, const TrainRequest& request)
      : folder(std::move(run)),
        setup(set_up(request)),
        model(make_model(setup.config, request.model_file)),
        initial(model.weights()),
        steps(model, setup.config.optimizer, setup.data.train, setup.config.fit),
        record(read_record(read_file(folder + "/" + record_name))),
        checkpoints(checkpoint_steps(folder)),
        recorded_fingerprint(read_config_data(folder + "/" + config_name).fingerprint) {}

  std::int64_t last() const { return record.empty() ? 0 : record.back().step; }

  void restart() {
    model.set_weights(initial);
    reset_optimizer(model);
    at = 0;
  }

  // False if the checkpoint is damaged or no longer there: a run that is being trained thins its
  // checkpoints out.
  bool load(std::int64_t step) {
    try {
      set_variables(model.session(),
                    read_checkpoint(folder + "/" + checkpoint_name(step)).variables);
      at = step;
      return true;
    } catch (const DataError&) {
      return false;
    } catch (const UsageError&) {  // of another shape
      return false;
    }
  }

  double advance() {
    if (at >= last())
      throw UsageError(fmt::format("step {} is the last one that {} has recorded", at, folder));
    return steps.run(steps.batch(++at));
  }

  void go_to(std::int64_t step) {
    if (step < 0 || step > last())
      throw UsageError(
          fmt::format("step {}: {} has recorded the steps from 0 to {}; name one of "
                      "those",
                      step, folder, last()));
    const std::int64_t here = at <= step ? at : -1;
    const auto is_nearer = [&](std::int64_t other) { return other <= step && other > here; };
    const bool has_jumped = std::any_of(checkpoints.rbegin(), checkpoints.rend(), [&](auto other) {
      return is_nearer(other) && load(other);
    });
    if (!has_jumped && here < 0) restart();
    while (at < step) advance();
  }

  std::string folder;
  RunSetup setup;
  Model model;
  std::map<std::string, Tensor> initial;  // the weights at step 0
  Steps steps;
  std::vector<RecordLine> record;
  std::vector<std::int64_t> checkpoints;  // ascending
  std::string recorded_fingerprint;
  std::int64_t at = 0;
};

Run::Run(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Run::~Run() = default;
Run::Run(Run&&) noexcept = default;
Run& Run::operator=(Run&&) noexcept = default;

Run Run::open(const std::string& folder, const RunOptions& options) {
  const TrainRequest request = read_request(folder, options);
  try {
    return Run(std::make_unique<Impl>(folder, request));
  } catch (const std::exception& error) {
    // Data that has another form now is the reason behind whatever does not fit.
    const auto source = data::open(request.data, {.categorical = request.categorical});
    if (fingerprint(source) == read_config_data(folder + "/" + config_name).fingerprint) throw;
    throw DataError(
        {request.data},
        fmt::format("has changed since the run was made, and no longer fits it: {}", error.what()));
  }
}

const std::string& Run::folder() const { return impl_->folder; }
const RunConfig& Run::config() const { return impl_->setup.config; }
const data::Prepared& Run::data() const { return impl_->setup.data; }
bool Run::data_changed() const {
  return impl_->setup.config.fingerprint != impl_->recorded_fingerprint;
}

std::int64_t Run::steps() const { return impl_->last(); }
std::int64_t Run::steps_per_epoch() const { return impl_->steps.per_epoch(); }
std::int64_t Run::step() const { return impl_->at; }
Model& Run::model() { return impl_->model; }
std::string Run::hash() const { return state_hash(impl_->model.session()); }

void Run::go_to(std::int64_t step) { impl_->go_to(step); }
double Run::advance() { return impl_->advance(); }

Run::Batch Run::batch(std::int64_t step) const {
  if (step < 1 || step > steps())
    throw UsageError(
        fmt::format("step {}: {} has recorded the steps from 1 to {}; name one of "
                    "those",
                    step, impl_->folder, steps()));
  const Steps::Batch batch = impl_->steps.batch(step);
  return {.epoch = batch.epoch,
          .rows = {batch.rows.begin(), batch.rows.end()},
          .learning_rate = batch.learning_rate};
}

Run::Verification Run::verify(std::optional<std::int64_t> until) {
  impl_->restart();
  Verification verification;
  for (const RecordLine& line : impl_->record) {
    if (until && line.step > *until) break;
    while (impl_->at < line.step) impl_->advance();
    ++verification.compared;
    if (const std::string replayed = hash(); replayed != line.hash) {
      verification.difference = {line.step, line.hash, replayed};
      break;
    }
  }
  return verification;
}

void Run::save_model(const std::string& path) const {
  write_model(path, impl_->model, impl_->setup.data.encoder, config());
}

}  // namespace chainrule
