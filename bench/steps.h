// The table of step times.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "clock.h"

namespace chainrule::bench {

struct StepOptions {
  int threads = 1;  // at most; each side has its best setting
  bool quick = false;
  Clock clock = Clock::wall;
  std::string only{};     // part of a workload's name
  bool alone = false;     // without the peers
  std::string without{};  // a compiler pass: ours without it takes part as a peer
};

struct StepResult {
  std::string workload;
  int threads = 1;
  double own = 0, floor = 0;            // seconds per step, medians over the rounds
  std::map<std::string, double> peers;  // the same
};

// Throws std::runtime_error if a peer's loss after ten steps is not ours.
std::vector<StepResult> measure_steps(const StepOptions& options);

// The families' steps, as blocks for gnuplot: a comment, then size, ours, LibTorch's and the floor,
// in microseconds, a line per size. LibTorch's is NaN if it is left out.
std::string scaling_blocks(const StepOptions& options);

// The same workloads' steps, ours only, call by call.
std::string call_table(const StepOptions& options);

std::string table(const std::vector<StepResult>& results);

}  // namespace chainrule::bench
