// Records a run while it trains: checkpoints, hashes and metrics.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "chainrule/run.h"
#include "train/checkpoint.h"
#include "train/run_folder.h"

namespace chainrule {

// Written to record.csv and metrics.csv when a checkpoint is, and flushed to the disk before it: so
// what stands there always reaches as far as the newest checkpoint.
class Recorder {
 public:
  // `every` is TrainRequest::checkpoint_every. Throws DataError: the folder cannot be written, or
  // another process records there.
  Recorder(RunFolder& folder, const Model& model, data::Task task,
           std::optional<std::int64_t> every, std::function<void(const std::string&)> warn);

  // Goes on after a state that is recorded, or from the beginning if there is none; what stands in
  // the folder of later steps goes.
  void resume_after(const FitState* state);

  // For FitOptions::on_step. A disk that is full is told once, and tried again each time.
  void observe(const FitState& state);

  bool has_all_metrics() const { return metrics_lines_.empty(); }  // in the file

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  bool is_due(const FitState& state) const;
  void write(const FitState& state);
  void warn(const std::string& what);
  void append_lines();
  void write_checkpoint_of(const FitState& state);
  void thin();

  RunFolder& folder_;
  const Model& model_;
  VariableList variables_;  // known when the steps are compiled, at the first state
  data::Task task_;
  std::optional<std::int64_t> every_;
  std::function<void(const std::string&)> warn_;
  GrowingFile record_, metrics_;
  std::string record_lines_, metrics_lines_;  // not written yet
  struct Stored {
    std::int64_t step = 0, bytes = 0;
  };
  std::vector<Stored> stored_;   // ascending
  std::int64_t last_step_ = -1;  // that has a checkpoint
  std::size_t epochs_ = 0;       // that have their line
  Clock::time_point start_ = Clock::now();
  double seconds_before_ = 0;         // of the run, before this process
  double spent_ = 0, last_cost_ = 0;  // on recording
  bool has_warned_ = false;
};

}  // namespace chainrule
