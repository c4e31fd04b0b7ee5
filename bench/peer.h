// What an engine must offer to be compared.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "problem.h"

namespace chainrule::bench {

// Runs this many training steps on the problem's one batch, going on from where the last call
// ended. Returns the loss of the last step, before its update.
using Stepper = std::function<float(std::int64_t steps)>;

struct Peer {
  std::string name;
  // Empty if the engine has no such network, loss or optimizer.
  std::function<Stepper(const Problem&, int threads)> make;
};

// One kernel call of our step: what it computes, and the mean of its time.
struct CallTime {
  std::string what;
  double seconds;
};
std::vector<CallTime> time_calls(const Workload& workload, int threads);

Peer own();                                 // this library: training_graph and Program
Peer own_without(const std::string& pass);  // the same, compiled without a pass
Peer fann();                                // example by example
Peer libtorch();                            // torch::nn::Sequential and its optimizers

}  // namespace chainrule::bench
