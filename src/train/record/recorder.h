// Records a run while it trains: checkpoints, hashes, metrics and layer sizes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "chainrule/run.h"
#include "train/record/checkpoint.h"
#include "train/record/layer_sizes.h"
#include "train/record/recorded_tables.h"
#include "train/record/run_folder.h"
#include "train/record/run_table.h"

namespace chainrule {

// The tables are written when a checkpoint is, and flushed to the disk before it: so what stands
// there always reaches as far as the newest checkpoint.
class Recorder {
 public:
  // Throws DataError: the folder cannot be written.
  Recorder(RunFolder& folder, Model& model, const RunConfig& config, const data::Part& train,
           std::function<void(const Text&)> warn);

  // From the first step on, in empty tables.
  void begin();
  // Goes on after a state that is recorded; what stands in the folder of later steps goes.
  void resume_after(const FitState& state, const RecordedTables& recorded);

  // For FitOptions::on_step. A disk that is full is told once, and tried again each time.
  void observe(const FitState& state);

  void flush();  // what could not be written before. Throws DataError

  // Removes the oldest checkpoint but the last one, to make room; false if there is none.
  bool give_up_oldest();

  const std::vector<LayerSize>& sizes() const { return sizes_.sizes(); }
  const LayerSizes& layer_sizes() const { return sizes_; }
  std::map<std::string, std::string> last_checks() const;  // by the tables' names

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  bool is_due(const FitState& state) const;
  void write(const FitState& state);
  void warn(const Text& what);
  void write_checkpoint_of(const FitState& state);
  void thin();
  void remove_checkpoint(std::size_t which);

  RunFolder& folder_;
  const Model& model_;
  RunHeader header_;
  data::Task task_;
  Metric metric_;
  std::optional<std::int64_t> every_;
  std::function<void(const Text&)> warn_;
  LayerSizes sizes_;
  TableWriter record_, metrics_, layers_;
  struct Stored {
    std::int64_t step = 0, bytes = 0;
  };
  std::vector<Stored> stored_;    // ascending
  std::int64_t last_step_ = -1;   // that has a checkpoint
  std::size_t epochs_ = 0;        // that have their line
  std::size_t layers_added_ = 0;  // sizes that have their line
  Clock::time_point start_ = Clock::now();
  double seconds_before_ = 0;         // of the run, before this process
  double spent_ = 0, last_cost_ = 0;  // on recording
  bool has_warned_ = false;
};

}  // namespace chainrule
