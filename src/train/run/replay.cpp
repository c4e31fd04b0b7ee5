// A recorded run at any of its steps.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/file.h"
#include "chainrule/error.h"
#include "train/loop/steps.h"
#include "train/record/checkpoint.h"
#include "train/record/run_files.h"
#include "train/run/what_if_note.h"
#include "train/settings/config.h"
#include "train/settings/setup.h"
#include "words/messages.h"

namespace chainrule {

namespace {

// The record, if it is whole and reaches as far as the run got. What is read first is written last:
// the run may be going on.
std::vector<RecordLine> recorded_lines(const std::string& folder, const std::string& run,
                                       const std::vector<std::int64_t>& checkpoints) {
  const std::optional<RunEnd> end = read_summary(folder, run);
  const std::string path = folder + "/" + record_name;
  RunTable<RecordLine> record = read_record(read_file(path), run);
  require_whole(record.places, path);
  require_promised(end, record_name, record.places, folder);
  const std::int64_t newest = checkpoints.empty() ? 0 : checkpoints.back();
  const std::int64_t reached = end ? std::max(end->steps, newest) : newest;
  if (record.lines.empty() ? end || !checkpoints.empty() : record.lines.back().step < reached)
    refuse_damaged({path}, fmt::format("ends {}, and the run got to step {}: lines are missing",
                                       record.lines.empty()
                                           ? "before its first line"
                                           : fmt::format("at step {}", record.lines.back().step),
                                       reached));
  return std::move(record.lines);
}

}  // namespace

struct Run::Impl {
  Impl(std::string run, const TrainRequest& request, ConfigHead config)
      : folder(std::move(run)),
        head(std::move(config)),
        setup(set_up(request)),
        model(make_model(setup, request.model_file)),
        initial(model.weights()),
        steps(model, setup.config.optimizer, setup.data.train, setup.config.fit),
        checkpoints(checkpoint_steps(folder)),
        record(recorded_lines(folder, head.header.run, checkpoints)) {
    setup.config.id = head.header.run;
    reset_optimizer(model);  // averages start from the weights
  }

  std::int64_t last() const { return record.empty() ? 0 : record.back().step; }

  void restart() {
    model.set_weights(initial);
    reset_optimizer(model);
    at = 0;
  }

  // False if the checkpoint is damaged, of another run or step, or no longer there: a run that is
  // being trained thins its checkpoints out. The one before it leads to the same bits.
  bool load(std::int64_t step) {
    try {
      set_variables(model.session(),
                    read_checkpoint_of(folder, step, head.header.run, record).variables);
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
    return steps.run(steps.batch(++at)).loss;
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
  ConfigHead head;
  RunSetup setup;
  Model model;
  std::map<std::string, Tensor> initial;  // the weights at step 0
  Steps steps;
  std::vector<std::int64_t> checkpoints;  // ascending
  std::vector<RecordLine> record;
  std::int64_t at = 0;
};

Run::Run(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Run::~Run() = default;
Run::Run(Run&&) noexcept = default;
Run& Run::operator=(Run&&) noexcept = default;

Run Run::open(const std::string& folder, const RunOptions& options) try {
  require_run(folder);
  const ConfigHead head = read_config_head(folder + "/" + config_name);
  const TrainRequest request = read_request(folder, head, options);
  try {
    return Run(std::make_unique<Impl>(folder, request, head));
  } catch (const std::exception& error) {
    // Data that has another form now is the reason behind whatever does not fit.
    const auto source = open_data(request);
    if (fingerprint(source) == head.fingerprint) throw;
    throw DataError(
        {request.data},
        fmt::format("has changed since the run was made, and no longer fits it: {}", error.what()));
  }
} catch (...) {
  throw_ours();
}

const std::string& Run::folder() const { return impl_->folder; }
const RunConfig& Run::config() const { return impl_->setup.config; }
const data::Prepared& Run::data() const { return impl_->setup.data; }
bool Run::data_changed() const {
  return impl_->setup.config.fingerprint != impl_->head.fingerprint;
}

std::vector<Text> Run::notes() const {
  std::vector<Text> notes;
  if (data_changed()) notes.push_back(in_words(Phrase::data_has_changed, config().data));
  if (Text note = what_if_note(folder(), config().fit.what_if); !note.empty())
    notes.push_back(std::move(note));
  if (Text note = layout_note(impl_->head.header, folder()); !note.empty())
    notes.push_back(std::move(note));
  return notes;
}

std::int64_t Run::steps() const { return impl_->last(); }
std::int64_t Run::steps_per_epoch() const { return impl_->steps.per_epoch(); }
std::int64_t Run::step() const { return impl_->at; }
Model& Run::model() { return impl_->model; }
std::string Run::hash() const try { return state_hash(impl_->model.session()); } catch (...) {
  throw_ours();
}

void Run::go_to(std::int64_t step) try { impl_->go_to(step); } catch (...) {
  throw_ours();
}
double Run::advance() try { return impl_->advance(); } catch (...) {
  throw_ours();
}

Run::Batch Run::batch(std::int64_t step) const try {
  if (step < 1 || step > steps())
    throw UsageError(
        fmt::format("step {}: {} has recorded the steps from 1 to {}; name one of "
                    "those",
                    step, impl_->folder, steps()));
  const Steps::Batch batch = impl_->steps.batch(step);
  Batch told{.epoch = batch.epoch,
             .rows = {batch.rows.begin(), batch.rows.end()},
             .learning_rate = batch.learning_rate,
             .dropout_factor = batch.dropout_factor,
             .decay_factor = batch.decay_factor};
  const data::Dataset& train = *data().train.data;
  if (batch.weighs_rows(train))
    for (const std::int64_t row : batch.rows)
      for (std::int64_t member = 0; member < train.weights_per_row(); ++member)
        told.weights.push_back(batch.weight(train, row, member));
  return told;
} catch (...) {
  throw_ours();
}

std::vector<Run::Recorded> Run::hashes() const {
  std::vector<Recorded> hashes;
  for (const RecordLine& line : impl_->record) hashes.push_back({line.step, line.hash});
  return hashes;
}

Run::Verification Run::verify(std::optional<std::int64_t> until, const OnShare& on_share) try {
  if (impl_->record.empty())
    throw DataError({folder()}, "has recorded nothing yet, so there is nothing to compare");
  impl_->restart();
  const std::int64_t end = std::min(until.value_or(steps()), steps());
  Verification verification;
  for (const RecordLine& line : impl_->record) {
    if (until && line.step > *until) break;
    while (impl_->at < line.step) {
      impl_->advance();
      if (on_share) on_share(static_cast<double>(impl_->at) / static_cast<double>(end));
    }
    ++verification.compared;
    if (const std::string replayed = hash(); replayed != line.hash) {
      verification.difference = {line.step, line.hash, replayed};
      break;
    }
  }
  return verification;
} catch (...) {
  throw_ours();
}

void Run::save_model(const std::string& path) const try {
  const AveragedWeights averaged(impl_->model, config().fit);
  write_model(path, impl_->model, impl_->setup.data.encoder, config());
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
