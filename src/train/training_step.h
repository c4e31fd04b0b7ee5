// A training step as a graph, with its parts at hand: what trains and what explains trace the same.
#pragma once

#include <vector>

#include "chainrule/train.h"

namespace chainrule {

struct StepSpec {
  const nn::Sequential& network;
  const Loss& loss;
  const Optimizer& optimizer;
  std::int64_t batch = 0, inputs = 0, outputs = 0;
  std::uint64_t seed = 0;
  double clip_norm = 0;
};

struct TracedTraining {
  nn::Traced model;
  Value x, target, rate, step;
  Value loss;
  std::vector<Value> wanted;     // whose gradients these are: the parameters, then `inner`
  std::vector<Value> gradients;  // of the loss, before any clipping
};

// Appends the step to the graph. With `inner`, the gradients of the network's named inner nodes
// (dense1.z, dense1.h, ...) are kept beside the parameters'; they are made in any case.
TracedTraining trace_training(Graph& graph, const StepSpec& spec, bool inner = false);

}  // namespace chainrule
