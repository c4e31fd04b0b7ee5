// What a run folder holds to go on from and to check against: checkpoints/STEP.safetensors, and
// record.csv with the hashes.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chainrule/train.h"

namespace chainrule {

// All that the next step depends on, and what metrics.csv does not say of the steps before.
struct Checkpoint {
  std::int64_t step = 0;  // done
  double loss_sum = 0;    // as in FitState
  double seconds = 0;     // since the start
  std::map<std::string, Tensor> variables{}, best_weights{};
};

// The file holds a hash of its contents, by which read_checkpoint knows that it is whole. Both
// throw DataError.
void write_checkpoint(const std::string& path, Checkpoint checkpoint);
Checkpoint read_checkpoint(const std::string& path);

inline constexpr const char* checkpoints_name = "checkpoints";
std::string checkpoint_name(std::int64_t step);  // in the run folder: "checkpoints/120.safetensors"

// The steps that have a file, ascending; whether it is whole is not looked at.
std::vector<std::int64_t> checkpoint_steps(const std::string& folder);

// Removes checkpoints after the step, and what an interrupted write has left.
void remove_checkpoints_after(const std::string& folder, std::int64_t step);

// Of the names and bits of all variables, weights and optimizer's. The list is for those who ask
// often: variables stay where they are.
using VariableList = std::vector<std::pair<std::string, std::span<const float>>>;
VariableList variable_list(const Session& session);
std::string state_hash(const VariableList& variables);
inline std::string state_hash(const Session& session) { return state_hash(variable_list(session)); }

struct RecordLine {
  std::int64_t step = 0, epoch = 0;
  std::string hash;
};
inline constexpr std::string_view record_header = "step,epoch,hash\n";
std::string to_text(const RecordLine& line);
// Up to the first line that is cut off or out of order.
std::vector<RecordLine> read_record(std::string_view text);

}  // namespace chainrule
