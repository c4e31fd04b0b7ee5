// The scalars that a step's programs read, in a program's memory: those that it has.
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

  // `first`: the row of the batch with which a part begins.
  void set(const Steps::Batch& batch, std::int64_t first = 0);

 private:
  std::vector<std::pair<float*, double Steps::Batch::*>> numbers_;
  float* step_ = nullptr;
  std::span<float> counter_;  // empty where nothing draws
};

}  // namespace chainrule
