// From a compiled draft to something that runs: every address known, nothing left to look up.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/threads.h"
#include "chainrule/program.h"
#include "compile/draft.h"
#include "runtime/memory.h"
#include "runtime/tape.h"

namespace chainrule {

// One kernel call: an operation, perhaps with a chain as its epilogue, or a chain alone.
struct Step {
  KernelCall work{};
  const Op* op = nullptr;  // null: the tape alone
  std::vector<const float*> x{};
  std::vector<Shape> x_shapes{};
  Call<float> call{};
  Attributes attributes{};
  Tape tape{};
  std::vector<int> buffers{};                           // that it reads or writes
  kernels::Generated<kernels::NumberKernel> numbers{};  // or else a whole program as one call
};

// Binds every group of the draft. `memory.buffers` must already hold the variables' addresses; the
// rest is allocated here, but for what is given. Steps keep addresses of each other's parts, so the
// deque must stay put.
std::deque<Step> bind(const Draft& draft, int threads, Memory& memory, const GivenMemory& given);

}  // namespace chainrule
