// A training step as a graph, with its parts at hand: what trains and what explains trace the same.
#pragma once

#include <vector>

#include "chainrule/train.h"

namespace chainrule {

struct StepSpec {
  const nn::Sequential& network;
  const Loss& loss;
  const Optimizer& optimizer;
  std::int64_t batch = 0;
  Shape row{};  // of the data
  std::int64_t outputs = 0;
  std::uint64_t seed = 0;
  double clip_norm = 0;
  bool training = true;  // false: layers do as they do afterwards
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

// The same without an update: the gradients of the loss by the model's parameters, in their order.
// Inputs are x, target and, where a layer of a training network draws, counter.
std::vector<Value> trace_gradients(Graph& graph, const Model& model, std::int64_t batch,
                                   bool training);

// A graph of the loss alone, output "loss", of outputs that are there already: inputs z, prediction
// and target, all [batch, outputs]. Which of z and prediction it reads is the loss's own affair.
Graph loss_graph(const Loss& loss, std::int64_t batch, std::int64_t outputs);

}  // namespace chainrule
