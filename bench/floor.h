// The machine's own limit for a training step, measured.
#pragma once

#include <vector>

#include "problem.h"

namespace chainrule::bench {

// The step's products at the rate of independent fused multiply-adds between registers, plus one
// pass over what the optimizer keeps of every parameter: SGD reads two numbers and writes one
// (12 bytes), Adam reads four and writes three (28). Activations, packing, biases and everything
// else count as free, so that nothing reaches it.
class Floor {
 public:
  Floor(const Workload& workload, int threads);

  // Seconds per step, from one short measurement of both rates. Threads are timed by the processor
  // time that they got.
  double measure();

 private:
  double flops_;
  std::size_t numbers_;  // parameters of one thread
  int arrays_;           // 2: w g; 4: w g m v
  std::vector<std::vector<float>> memory_;
};

}  // namespace chainrule::bench
