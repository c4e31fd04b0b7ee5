// What a run folder holds to go on from: checkpoints/STEP.safetensors.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "chainrule/train.h"
#include "train/record/record.h"
#include "train/settings/run_header.h"

namespace chainrule {

// All that the next step depends on, and what metrics.csv does not say of the steps before.
struct Checkpoint {
  RunHeader header{};
  std::int64_t step = 0;  // done
  double loss_sum = 0;    // as in FitState
  double seconds = 0;     // since the start
  std::map<std::string, Tensor> variables{}, best_weights{};
};

// The file holds a hash of its contents, by which read_checkpoint knows that it is whole. Both
// throw DataError.
void write_checkpoint(const std::string& path, Checkpoint checkpoint);
Checkpoint read_checkpoint(const std::string& path);

// The checkpoint of a step in a run's folder, if it is what the run had then: of this run, this
// step, and with the state whose hash the record has. Throws DataError, with what it is instead.
Checkpoint read_checkpoint_of(const std::string& folder, std::int64_t step, const std::string& run,
                              const std::vector<RecordLine>& record);

inline constexpr const char* checkpoints_name = "checkpoints";
std::string checkpoint_name(std::int64_t step);  // in the run folder: "checkpoints/120.safetensors"

// The steps that have a file, ascending; whether it is whole is not looked at.
std::vector<std::int64_t> checkpoint_steps(const std::string& folder);

// Removes checkpoints after the step, and what an interrupted write has left.
void remove_checkpoints_after(const std::string& folder, std::int64_t step);

}  // namespace chainrule
