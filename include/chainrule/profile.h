// Where the time of a training goes: by layer and phase beside the machine's floor, and call by
// call. Times are in seconds, on the wall's clock, of the thread that trains. Threads: plain
// values, which a fit writes until it returns.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "chainrule/communicator.h"
#include "chainrule/program.h"

namespace chainrule {

// All steps of one program: those of full batches, or the one of the rows left over in each epoch.
struct ProfiledSteps {
  std::int64_t steps = 0;
  double gather_seconds = 0;  // copying a batch's rows to where the program reads them
  std::vector<KernelCall> calls{};
  std::vector<double> seconds{};  // by call
};

// When things happened in one step, in seconds since the training began.
struct TracedStep {
  std::int64_t step = 0;    // of the run, counts from 1
  std::size_t program = 0;  // in Profile::programs
  double begin = 0, gathered = 0;
  std::vector<double> ends{};  // by call
};

struct Profile {
  // The first steps are traced: this many, or fewer where their calls would be more than
  // most_traced_events, which keeps the file below 10 MB.
  static constexpr std::size_t most_traced_steps = 200, most_traced_events = 10'000;

  int threads = 1;
  std::chrono::steady_clock::time_point began{};
  double seconds = 0;  // of the whole fit
  std::vector<ProfiledSteps> programs{};
  std::vector<TracedStep> trace{};
  // Of a run of several ranks, by rank, in the place of programs and trace; on rank 0 alone.
  std::vector<RankTime> ranks{};

  // What the machine can do at best, measured after the fit with as many threads: seconds for a
  // floating-point operation of a product, and for a byte of an update.
  double floor_per_flop = 0, floor_per_byte = 0;

  std::int64_t steps() const;
};

// The kernel calls of one layer and phase together.
struct ProfileLine {
  std::string layer;  // "dense1", "loss", "optimizer"; "data" and "other" are not the network's
  std::string what;   // "forward", "weight gradient, update", "gathering rows", ...
  double seconds = 0;
  double share = 0;  // of profile.seconds, [0, 1]
  double flops = 0;
  // The least time for its products' multiply-adds and for its updates' memory. All else counts as
  // free; 0: there is neither.
  double floor = 0;
};

// Layers in the order of their first calls, the optimizer's own work, "data", and "other": what is
// between steps, such as the scores after each epoch. The shares add up to 1.
std::vector<ProfileLine> lines_of(const Profile& profile);

// The traced steps in the trace-event format that https://ui.perfetto.dev and chrome://tracing
// open.
std::string to_trace(const Profile& profile);

}  // namespace chainrule
