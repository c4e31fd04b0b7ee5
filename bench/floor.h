// The machine's own limit for a training step, measured.
#pragma once

#include "kernels/machine_floor.h"
#include "problem.h"

namespace chainrule::bench {

// The step's products at the rate of independent fused multiply-adds between registers, plus one
// pass over what the optimizer keeps of every parameter: SGD reads two numbers and writes one
// (12 bytes), Adam reads four and writes three (28). Activations, packing, biases and everything
// else count as free, so that nothing reaches it.
class Floor {
 public:
  Floor(const Workload& workload, int threads);

  // Seconds per step, from one short measurement of both rates.
  double measure();

 private:
  double flops_, bytes_;  // of a step
  kernels::MachineFloor machine_;
};

}  // namespace chainrule::bench
