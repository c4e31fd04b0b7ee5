// A whole training run with LibTorch's C++ front end.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "chainrule/train.h"
#include "clock.h"
#include "problem.h"

namespace chainrule::bench {

// Rows in memory: features [rows, width] scaled, a class per row.
struct Images {
  Tensor features;
  std::vector<std::int64_t> classes;
};

struct FitPlan {
  Problem start;  // the network, its first weights, the optimizer; batch is the batch size
  Schedule schedule;
  std::int64_t epochs = 1;
  std::uint64_t seed = 0;  // of the order of rows, as epoch_order makes it
  Clock clock = Clock::wall;
};

struct FitResult {
  double seconds = 0;  // of the training alone
  double accuracy = 0;
};

FitResult libtorch_fit(const FitPlan& plan, const Images& train, const Images& test, int threads);

// "LibTorch 1.13.1 with /usr/lib/.../libblas.so.3": the library that its matrix products come from
// decides most of its speed.
std::string libtorch_version();

}  // namespace chainrule::bench
