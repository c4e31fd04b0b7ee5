// The engine's side of the page: the step as a graph, with every derivative the page shows as a
// node, and the values of all of them.
#pragma once

#include <optional>
#include <vector>

#include "chainrule/explain.h"
#include "chainrule/graph.h"
#include "chainrule/program.h"

namespace chainrule::page {

struct Layer {
  std::int64_t inputs = 0, units = 0;
  Value z{}, h{};          // [1, units]; one node where the activation is the identity
  Value dh_dz{};           // [1, units]; empty: identity, or not elementwise (softmax)
  Value dE_dz{};           // [1, units]; only where the chain cannot go through dh_dz
  Value seed{};            // dE/dh, where dE_dz was made from it
  std::size_t weight = 0;  // among the parameters
  std::optional<std::size_t> bias{};
  std::int64_t first_neuron = 0, first_weight = 0, first_bias = 0, first_hidden = 0;  // from 0

  bool is_identity() const { return z == h; }
  bool is_elementwise() const { return is_identity() || dh_dz; }
};

class TracedStep {
 public:
  explicit TracedStep(const TrainingStep& step);  // throws UsageError
  TracedStep(const TracedStep&) = delete;
  TracedStep& operator=(const TracedStep&) = delete;

  double at(Value node, std::int64_t element = 0) const {
    return values_[static_cast<std::size_t>(node.id())].values[static_cast<std::size_t>(element)];
  }
  const std::vector<DoubleTensor>& values() const { return values_; }
  std::vector<DoubleTensor> values_after_update() const;
  Value next_value(Value variable) const;  // what an update gives it
  const Feeds& feeds() const { return feeds_; }

  // The loss alone, for parameters that the caller changes.
  double loss_at(const Feeds& feeds) const;
  double loss_rounding() const;  // how far the loss may be off, in double precision

  Graph graph;
  Value x, target, rate, count;  // `count` is the number of this step: 1
  nn::Traced model;
  Value loss;
  Value textbook_loss;           // the same as books write it
  std::vector<Value> gradients;  // of the loss, one per parameter
  std::vector<Layer> layers;
  std::vector<Value> states;  // the optimizer's variables
  std::vector<Value> shared;  // what its updates share: scalars, such as Adam's correction
  Value dE_do;                // [1, outputs]; empty where the loss starts from the logits
  Value probabilities;        // what the loss makes of outputs that are logits; else empty

 private:
  void find_shared_scalars(NodeId first);
  void find_layers(const nn::Sequential& network);
  void trace_output_derivatives();
  void trace_layer_derivatives();

  std::vector<Value> inner_, inner_gradients_;  // z and h of every layer, and dE/d of them
  Graph loss_graph_;                            // forward only
  Value loss_only_;
  Feeds feeds_;
  std::vector<DoubleTensor> values_;
};

}  // namespace chainrule::page
