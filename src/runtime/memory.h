// A program's memory, and the code that is written for it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/aligned.h"
#include "kernels/generate.h"

namespace chainrule {

// Where the draft's buffers really are; outlives the steps.
struct Memory {
  AlignedBuffer<float> arena{};
  AlignedBuffer<float> workspace{};
  std::vector<AlignedBuffer<float>> owned{};  // inputs, constants, scalars' tiles
  std::vector<float*> buffers{};              // by buffer
  // By what it computes: the layers of a deep network share theirs.
  std::map<std::vector<std::uintptr_t>, kernels::Generated<kernels::ChainKernel>> code{};
};

}  // namespace chainrule
