#include "train/record/recorder.h"

#include <algorithm>
#include <filesystem>
#include <new>

#include "chainrule/error.h"
#include "train/loop/steps.h"
#include "train/record/metrics.h"
#include "train/record/run_files.h"
#include "words/messages.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;

constexpr double most_time = 0.005;          // of the run's, for writing what is recorded
constexpr std::int64_t steps_per_look = 16;  // at the clock
// All checkpoints together: this many bytes, or this many times the model where that is more.
constexpr std::int64_t most_bytes = 50'000'000, most_models = 20;
constexpr std::size_t most_files = 100;

std::int64_t size_of_file(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : static_cast<std::int64_t>(size);
}

}  // namespace

Recorder::Recorder(RunFolder& folder, Model& model, const RunConfig& config,
                   const data::Part& train, std::function<void(const Text&)> warn)
    : folder_(folder),
      model_(model),
      header_(header_of(config.id)),
      task_(*config.target.task),
      metric_(config.fit.metric),
      every_(config.checkpoint_every),
      warn_(std::move(warn)),
      sizes_(model, config, train),
      record_(folder.file(record_name), std::string(record_columns), config.id, to_text(header_)),
      metrics_(folder.file(metrics_name), metrics_columns(task_, metric_), config.id, ""),
      layers_(folder.file(sizes_name), std::string(layer_size_columns), config.id, "") {
  folder.make_folder(checkpoints_name);
}

void Recorder::begin() {
  remove_checkpoints_after(folder_.path(), -1);
  for (TableWriter* table : {&record_, &metrics_, &layers_}) table->restart();
}

void Recorder::resume_after(const FitState& state, const RecordedTables& recorded) {
  remove_checkpoints_after(folder_.path(), state.step);
  const auto is_kept = [&](const auto& line) { return line.step <= state.step; };
  const auto count = [&](const auto& lines) {
    return static_cast<std::size_t>(std::ranges::count_if(lines, is_kept));
  };
  record_.keep(recorded.record.places, count(recorded.record.lines));
  epochs_ = state.history.epochs.size();
  metrics_.keep(recorded.metrics.places, epochs_);
  const std::vector<LayerSize>& sizes = recorded.sizes.lines;
  layers_added_ = count(sizes);
  layers_.keep(recorded.sizes.places, layers_added_);
  sizes_.resume({sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(layers_added_)});

  for (const std::int64_t step : checkpoint_steps(folder_.path()))
    stored_.push_back({step, size_of_file(folder_.file(checkpoint_name(step)))});
  last_step_ = state.step;
  seconds_before_ = state.history.seconds;
  flush();
}

bool Recorder::is_due(const FitState& state) const {
  if (state.step == 0 || state.is_over) return true;
  if (every_) return *every_ > 0 && state.step % *every_ == 0;
  if (state.step % steps_per_look != 0) return false;
  // With this one and the last one, which is certain to come.
  return most_time * seconds() >= spent_ + 2 * last_cost_;
}

void Recorder::observe(const FitState& state) {
  sizes_.observe(state);
  if (state.step == last_step_) return;
  const std::size_t epochs = state.history.epochs.size();
  const bool ends_epoch = epochs > epochs_, due = is_due(state);
  if (!ends_epoch && !due) return;
  const std::size_t epoch = state.step == 0 ? 0 : epochs + (ends_epoch ? 0 : 1);
  record_.add(
      to_text({state.step, static_cast<std::int64_t>(epoch), state_hash(model_.session())}));
  if (ends_epoch) metrics_.add(metrics_line(task_, state.history.epochs.back(), metric_));
  epochs_ = epochs;
  const std::vector<LayerSize>& sizes = sizes_.sizes();
  for (; layers_added_ < sizes.size() && sizes[layers_added_].step <= state.step; ++layers_added_)
    layers_.add(to_text(sizes[layers_added_]));
  if (due) write(state);
}

void Recorder::write(const FitState& state) {
  const double begin = seconds();
  try {
    flush();
    // A state that is no number is none to go on from.
    if (state.history.stopped != StopReason::diverged) write_checkpoint_of(state);
  } catch (const DataError& error) {
    warn(error.what());
  } catch (const std::bad_alloc&) {
    warn(in_words(Phrase::no_memory_for_checkpoint));
  }
  last_cost_ = seconds() - begin;
  spent_ += last_cost_;
}

void Recorder::warn(const Text& what) {
  if (!has_warned_ && warn_) warn_(in_words(Phrase::goes_on_unrecorded, what));
  has_warned_ = true;
}

void Recorder::flush() {
  for (TableWriter* table : {&record_, &metrics_, &layers_}) table->flush();
}

std::map<std::string, std::string> Recorder::last_checks() const {
  return {{record_name, record_.last_check()},
          {metrics_name, metrics_.last_check()},
          {sizes_name, layers_.last_check()}};
}

void Recorder::write_checkpoint_of(const FitState& state) {
  const std::string path = folder_.file(checkpoint_name(state.step));
  write_checkpoint(path, {.header = header_,
                          .step = state.step,
                          .loss_sum = state.loss_sum,
                          .seconds = seconds_before_ + seconds(),
                          .variables = variables_of(model_.session()),
                          .best_weights = state.best_weights});
  folder_.keep();
  last_step_ = state.step;
  stored_.push_back({state.step, size_of_file(path)});
  thin();
}

// While there is no room for one more, that one goes whose neighbours are nearest to each other; so
// those that stay are spread over the run. The first and the last one always stay.
void Recorder::thin() {
  const std::int64_t most = std::max(most_bytes, most_models * 4 * model_.parameter_count());
  std::int64_t bytes = stored_.back().bytes;
  for (const Stored& checkpoint : stored_) bytes += checkpoint.bytes;
  while (stored_.size() > 2 && (bytes > most || stored_.size() > most_files)) {
    auto nearest = stored_.begin() + 1;
    const auto gap = [](auto at) { return (at + 1)->step - (at - 1)->step; };
    for (auto at = nearest; at + 1 != stored_.end(); ++at)
      if (gap(at) < gap(nearest)) nearest = at;
    bytes -= nearest->bytes;
    remove_checkpoint(static_cast<std::size_t>(nearest - stored_.begin()));
  }
}

void Recorder::remove_checkpoint(std::size_t which) {
  std::error_code ignored;
  fs::remove(folder_.file(checkpoint_name(stored_[which].step)), ignored);
  stored_.erase(stored_.begin() + static_cast<std::ptrdiff_t>(which));
}

bool Recorder::give_up_oldest() {
  if (stored_.size() < 2) return false;
  remove_checkpoint(0);
  return true;
}

}  // namespace chainrule
