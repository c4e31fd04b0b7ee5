// MNIST in memory, and how a network is trained on it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chainrule/data.h"
#include "chainrule/train.h"
#include "problem.h"

namespace chainrule::bench {

// Rows in memory: features [rows, width] scaled, a class per row.
struct Images {
  Tensor features;
  std::vector<std::int64_t> classes;
};

Images in_memory(const data::Part& part);

struct FitPlan {
  data::Prepared data;
  Problem start;  // the network, its first weights, the optimizer; batch is the batch size
  Schedule schedule;
  std::uint64_t seed = 0;  // of the order of rows, as epoch_order makes it
};

// 784-128-10 on the folder's images. Throws DataError.
FitPlan mnist_plan(const std::string& folder);

Model model_for(const Workload& workload, int threads);

}  // namespace chainrule::bench
