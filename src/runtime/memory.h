// A program's memory.
#pragma once

#include <vector>

#include "base/aligned.h"

namespace chainrule {

// Where the draft's buffers really are; outlives the steps.
struct Memory {
  AlignedBuffer<float> arena{};
  AlignedBuffer<float> workspace{};
  std::vector<AlignedBuffer<float>> owned{};  // inputs, constants, scalars' tiles
  std::vector<float*> buffers{};              // by buffer
};

}  // namespace chainrule
