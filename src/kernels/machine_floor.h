// The machine's own limit, measured: how quick multiply-adds and updates can be at best.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace chainrule::kernels {

// Seconds, with all threads at work.
struct FloorRates {
  double flop = 0;  // an operation of independent fused multiply-adds, which count as two
  double byte = 0;  // a byte of one pass over what an optimizer keeps of every parameter
};

class MachineFloor {
 public:
  // The pass reads and writes arrays as long as a thread's part of the parameters: 2 (weights and
  // gradients, 12 bytes a parameter) or 4 (Adam's two means as well, 28 bytes).
  MachineFloor(std::int64_t parameters, int arrays, int threads);

  // One short measurement: half a millisecond and two passes or more. The slowest thread counts.
  // Threads are timed by the processor time that they got; those that the system does not start are
  // not counted.
  FloorRates measure();

 private:
  std::size_t numbers_;  // parameters of one thread
  int arrays_;           // 2: w g; 4: w g m v
  std::vector<std::vector<float>> memory_;
};

}  // namespace chainrule::kernels
