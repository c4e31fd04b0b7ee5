// A training step as a graph, with its parts at hand: what trains and what explains trace the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chainrule/train.h"

namespace chainrule {

// Rows that a model predicts at once: enough to keep the products busy, few enough to stay in the
// cache.
inline constexpr std::int64_t prediction_batch = 256;

// What of a fit is part of its step's graph.
struct StepOptions {
  double clip_norm = 0;
  bool schedules_dropout = false, schedules_decay = false;  // by inputs of the step
  double weight_average = 0;
  std::int64_t row_weights = 0;  // of each row, by an input of the step; 0: all count the same
  std::int64_t shards = 1;
};
StepOptions step_options(const FitOptions& options, std::int64_t row_weights = 0);

// Between which rows the shards of a batch lie, 0 and its size included: as even as can be, with a
// row in each at least, and two where layers look at the batch's other rows.
std::vector<std::int64_t> shard_bounds(const nn::Sequential& network, std::int64_t shards,
                                       std::int64_t rows);
// Throws UsageError if so many shards of a full batch would have fewer.
void require_shards(const nn::Sequential& network, std::int64_t shards, std::int64_t batch);
std::int64_t most_shards(const nn::Sequential& network, std::int64_t batch);

struct StepSpec {
  const nn::Sequential& network;
  const Loss& loss;
  const Optimizer& optimizer;
  std::int64_t batch = 0;
  Shape row{};  // of the data
  std::int64_t outputs = 0;
  std::uint64_t seed = 0;
  StepOptions options{};
  bool has_first_values = false;  // as in TraceOptions
  bool training = true;           // false: layers do as they do afterwards
};

struct TracedTraining {
  nn::Traced model;
  Value x, target, rate, step;
  Value row_weight;  // empty where all rows count the same
  Value loss;
  std::vector<Value> wanted;     // whose gradients these are: the parameters, then `inner`
  std::vector<Value> gradients;  // of the loss, before any clipping
};

// Appends the step to the graph. Inputs are x, target, learning_rate, step and, where the network
// draws, counter [2]; where they are scheduled, dropout_factor and decay_factor; where rows count
// differently, row_weight [batch, 1], or [batch, members]. With `inner`, the
// gradients of the network's named inner nodes (dense1.z, dense1.h, ...) are kept beside the
// parameters'; they are made in any case.
TracedTraining trace_training(Graph& graph, const StepSpec& spec, bool inner = false);

// What layers read while they train: where the network draws, the input counter, of this shape, and
// where it is scheduled dropout_factor.
nn::TraceOptions training_inputs(Graph& graph, const nn::Sequential& network,
                                 const StepOptions& options, const Shape& counter);

// The loss of a batch, or its share of a larger one's, and its gradients by the model's parameters,
// in their order. Inputs are x, target and those of the options; no buffer is moved. `row_weight`
// as for apply.
struct TracedGradients {
  Value loss;
  std::vector<Value> gradients;
  std::vector<nn::Traced::Moved> moved;  // what the batch would make of the model's buffers
};
TracedGradients trace_gradients(Graph& graph, const Model& model, std::int64_t batch,
                                const nn::TraceOptions& options = {}, Value share = {},
                                Value row_weight = {});
// The input row_weight, where rows count differently; else empty.
Value row_weight_input(Graph& graph, const StepOptions& options, std::int64_t batch);

// A step whose batch is computed in shards is two graphs. The first is that of a shard, on so many
// rows: inputs x, target, share [] (of the batch's rows), perhaps row_weight, and those of
// training_inputs, with a counter [3]; outputs loss and, by their names, the parameters' gradients
// and what becomes of each buffer that moves, all times the share. The batch's are the sums over
// its shards.
Graph shard_graph(const Model& model, std::int64_t batch, const StepOptions& options);
// The second is that of the update: inputs learning_rate, step, where it is scheduled decay_factor,
// and by sum_input these sums.
Graph update_graph(const Model& model, const Optimizer& optimizer, const StepOptions& options);
std::string sum_input(std::string_view variable);  // "dense1.weight.over_shards"
// The names of the buffers that a training step moves, in the network's order.
std::vector<std::string> moved_buffers(const Model& model);

// A graph of the model's loss alone, output "loss", of outputs that are there already: inputs z,
// prediction and target, all [batch, outputs]. Which of z and prediction it reads is the loss's own
// affair.
Graph loss_graph(const Model& model, std::int64_t batch);

}  // namespace chainrule
