// What an engine must offer to be compared.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "clock.h"
#include "problem.h"

namespace chainrule::bench {

struct Round {
  double result = 0;   // the loss of the last step, before its update
  double seconds = 0;  // of all its steps but the first
};

// Runs one training step that is not timed, so that memory is in the caches and threads are awake,
// and then this many that are. The problem's one batch is used over and over, and each call goes on
// from where the last one ended.
using Stepper = std::function<Round(std::int64_t steps)>;

struct Setting {
  int threads = 1;
  Clock clock = Clock::wall;
  bool spins = false;          // threads of OpenMP that wait keep their core busy
  bool channels_last = false;  // of pictures in memory
};

struct Peer {
  std::string name;
  bool can_spin = false;     // it has threads of OpenMP
  bool has_layouts = false;  // of pictures
  // Empty if the engine has no such network, loss or optimizer.
  std::function<Stepper(const Problem&, const Setting&)> make;
};

// A stepper from an engine's own loop over steps, which returns the loss of the last one.
template <class Run>
Stepper timed(Run run, Clock clock) {
  return [run, clock](std::int64_t steps) {
    run(1);
    const double begin = now(clock);
    const float loss = run(steps);
    return Round{static_cast<double>(loss), now(clock) - begin};
  };
}

// One kernel call of our step: what it computes, and the mean of its time.
struct CallTime {
  std::string what;
  double seconds;
};
std::vector<CallTime> time_calls(const Workload& workload, int threads);

Peer own();                                 // this library: training_graph and Program
Peer own_without(const std::string& pass);  // the same, compiled without a pass
Peer fann();                                // example by example
Peer libtorch();                            // torch::nn::Sequential, in a process of its own

}  // namespace chainrule::bench
