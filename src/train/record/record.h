// record.csv: the hash of the whole state after each epoch and at each checkpoint.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chainrule/program.h"
#include "train/record/run_table.h"

namespace chainrule {

// Of the names and bits of all variables, weights and optimizer's, in alphabetical order. The list
// is for those who ask often: variables stay where they are.
using VariableList = std::vector<std::pair<std::string, std::span<const float>>>;
VariableList variable_list(const Session& session);
VariableList variable_list(const std::map<std::string, Tensor>& variables);
std::string state_hash(const VariableList& variables);
inline std::string state_hash(const Session& session) { return state_hash(variable_list(session)); }

struct RecordLine {
  std::int64_t step = 0, epoch = 0;
  std::string hash;
};
inline constexpr std::string_view record_columns = "step,epoch,hash";
std::string to_text(const RecordLine& line);  // without check and end

// Steps ascend from 0. `run` as in read_table.
RunTable<RecordLine> read_record(std::string_view text, const std::string& run);

}  // namespace chainrule
