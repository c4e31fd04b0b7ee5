// One step of a run, taken again: every number of it in double precision, and those that the engine
// had, in single precision.
#pragma once

#include <functional>
#include <optional>

#include "chainrule/program.h"
#include "explain/formula/elements.h"
#include "nn/place.h"
#include "train/loop/training_step.h"

namespace chainrule::page {

// Where the step starts.
struct StepState {
  nn::Sequential network{};
  Loss loss{};
  Optimizer optimizer{};
  StepOptions options{};
  std::uint64_t seed = 0;
  bool training = true;  // false: layers do as they do afterwards
  // What the step reads, see trace_training, and variables, by name: those that are left out are as
  // a training begins.
  Feeds feeds{};
};

// In what the step's numbers are worked: to more digits than the engine has, or in the engine's
// own.
enum class Precision { doubled, single, none };  // none: only names and shapes are asked for

// What the optimizer remembers of a parameter: m of dense1.weight.m.
struct Memory {
  Value variable, owner;
  std::string letter;
};

class RunStep {
 public:
  // `tamper` is a seam for the tests: it may put a wrong gradient in the place of a right one.
  using Tamper = std::function<void(TracedTraining&)>;
  explicit RunStep(const StepState& state, const Tamper& tamper = {},
                   Precision precision = Precision::doubled);
  RunStep(const RunStep&) = delete;
  RunStep& operator=(const RunStep&) = delete;

  std::int64_t batch() const { return traced_.x.dim(0); }
  const TracedTraining& traced() const { return traced_; }
  const std::vector<nn::PlacedLayer>& layers() const { return layers_; }
  const nn::Traced& model() const { return traced_.model; }
  Value loss() const { return traced_.loss; }
  Value prediction() const { return prediction_; }                   // [batch, outputs]
  const std::vector<Value>& states() const { return states_; }       // the optimizer's variables
  const std::vector<Memory>& memories() const { return memories_; }  // those of one parameter
  const std::vector<Value>& shared() const { return shared_; }       // scalars of its updates
  const Optimizer& optimizer() const { return optimizer_; }
  const StepOptions& options() const { return options_; }
  Graph& graph() { return graph_; }
  Elements& elements() { return *elements_; }

  // The layer that the node belongs to; null for the loss, the optimizer and inputs.
  const nn::PlacedLayer* layer_of(NodeId node) const;
  Value gradient_of(Value node) const;  // dE/dnode; empty if it is none of `wanted`
  Value next_value(Value variable) const;
  Value value_after(Value variable) const;  // the same, or the variable if the step leaves it
  // Whether the node has a row for each sample; a parameter, its gradient and its new value do not.
  bool is_per_sample(NodeId node) const;
  std::optional<Value> find(std::string_view name);  // a node of the network, by its name

  // What the engine makes of it in single precision, in a step that starts from the same numbers.
  double in_single_precision(Element element);
  // The loss if this element, which comes before it, had another value.
  double loss_with(Element element, double value);
  double loss_rounding();  // how far the loss may be off, in double precision
  // The numbers of a step from where this one ends, on the same samples.
  std::vector<DoubleTensor> values_after();

 private:
  // These nodes, which are no leaves, as the engine makes them.
  std::vector<DoubleTensor> in_single_precision(const std::vector<NodeId>& nodes);
  std::vector<DoubleTensor> all_in_single_precision();
  void name_elements();
  void find_optimizer_nodes(NodeId first);
  void find_memories();
  void feed_the_rest();

  Optimizer optimizer_;
  StepOptions options_;
  Graph graph_;
  TracedTraining traced_;
  std::vector<nn::PlacedLayer> layers_;
  Value prediction_;
  std::vector<Value> states_, shared_;
  std::vector<Memory> memories_;
  Feeds feeds_;
  std::optional<Elements> elements_;
};

}  // namespace chainrule::page
