// What the worked page shows of a step: that of a run with a batch of one, whose layers of weighted
// sums stand one behind the other.
#pragma once

#include <optional>
#include <vector>

#include "chainrule/explain.h"
#include "explain/step/chain.h"
#include "explain/step/run_step.h"

namespace chainrule::page {

struct Layer : ChainLayer {
  Value dh_dz{};              // [1, units]; empty: identity, or not elementwise (softmax)
  Value dE_dz{};              // [1, units]; only where the chain cannot go through dh_dz
  Value seed{};               // dE/dh, where dE_dz was made from it
  std::size_t weight_at = 0;  // among the parameters
  std::optional<std::size_t> bias_at{};
  std::int64_t first_neuron = 0, first_weight = 0, first_bias = 0, first_hidden = 0;  // from 0

  std::int64_t inputs() const { return weight.dim(1); }
  std::int64_t units() const { return weight.dim(0); }
  bool is_identity() const { return z == h; }
  bool is_elementwise() const { return is_identity() || dh_dz; }
};

struct WorkedStep {
  // `from`: the variables and the step's number, where it is not the first one; see next(). Throws
  // UsageError.
  explicit WorkedStep(const TrainingStep& step, const Feeds& from = {});
  WorkedStep(const WorkedStep&) = delete;
  WorkedStep& operator=(const WorkedStep&) = delete;

  const std::vector<double>& values(Value node) { return run.elements().values(node.id()).values; }
  double at(Value node, std::int64_t element = 0) {
    return run.elements().value({node.id(), element});
  }
  // Those that are trained, then those that stay as they are.
  const std::vector<nn::Parameter>& parameters() const { return parameters_; }
  bool is_trained(std::size_t parameter) const { return parameter < run.model().parameters.size(); }
  Feeds next();  // where the step behind this one starts
  Value gradient(std::size_t parameter) const { return run.traced().gradients[parameter]; }

  RunStep run;
  std::vector<Layer> layers{};
  Value textbook_loss{};  // the loss as books write it
  Value dE_do{};          // [1, outputs]; empty where the loss starts from the logits
  Value probabilities{};  // what the loss makes of outputs that are logits; else empty

 private:
  std::vector<nn::Parameter> parameters_;

  void find_layers();
  void trace_output_derivatives();
  void trace_layer_derivatives();
};

}  // namespace chainrule::page
