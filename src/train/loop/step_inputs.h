// What a step's programs read beside rows and targets, in a program's memory: as much as it has.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "chainrule/program.h"
#include "train/loop/steps.h"

namespace chainrule {

class StepInputs {
 public:
  explicit StepInputs(Program& program);

  // The batch is of these data. `first`: its row with which a part begins.
  void set(const data::Dataset& data, const Steps::Batch& batch, std::int64_t first = 0);

 private:
  std::vector<std::pair<float*, double Steps::Batch::*>> numbers_;
  float* step_ = nullptr;
  std::span<float> counter_;      // empty where nothing draws
  std::span<float> row_weights_;  // empty where all rows count the same
};

}  // namespace chainrule
