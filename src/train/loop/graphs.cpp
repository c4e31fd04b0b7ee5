#include <algorithm>

#include <fmt/format.h>

#include "base/boundary.h"
#include "chainrule/error.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/train.h"
#include "nn/layer.h"
#include "nn/place.h"
#include "train/loop/calibration.h"
#include "train/loop/training_step.h"

namespace chainrule {
namespace {

void keep_initial(TracedGraph& traced, const nn::Traced& model) {
  for (const nn::Parameter& parameter : model.parameters)
    traced.initial.emplace_back(parameter.name, parameter.initial);
  for (const nn::Parameter& buffer : model.buffers)
    traced.buffers.emplace_back(buffer.name, buffer.initial);
}

// What the network has between its input and the loss, by name.
std::vector<Value> inner_nodes(Graph& graph, const TracedTraining& traced) {
  std::vector<Value> nodes;
  for (NodeId id = traced.x.id() + 1; id < traced.loss.id(); ++id)
    if (!graph.node(id).name.empty() && !graph.node(id).inputs.empty())
      nodes.push_back(graph.value(id));
  return nodes;
}

std::vector<Value> variables_of(const nn::Traced& model) {
  std::vector<Value> variables;
  for (const nn::Parameter& parameter : model.parameters) variables.push_back(parameter.variable);
  return variables;
}

// What is done with the gradients.
void trace_update(Graph& graph, const Optimizer& optimizer, const StepOptions& options,
                  const nn::Traced& model, std::vector<Value> gradients, Value rate, Value step) {
  if (options.clip_norm > 0) gradients = clip_by_norm(std::move(gradients), options.clip_norm);
  const Value decay = options.schedules_decay ? graph.input("decay_factor", {}) : Value{};
  add_updates(optimizer, model.parameters, gradients, rate, step, decay);
  if (options.weight_average > 0) add_averages(model.parameters, options.weight_average, step);
}

}  // namespace

StepOptions step_options(const FitOptions& options, std::int64_t row_weights) {
  return {.clip_norm = options.clip_norm,
          .schedules_dropout = !is_constant(options.dropout_schedule),
          .schedules_decay = !is_constant(options.weight_decay_schedule),
          .weight_average = options.weight_average,
          .row_weights = row_weights,
          .shards = options.shards};
}

std::int64_t most_shards(const nn::Sequential& network, std::int64_t batch) {
  const bool mixes = std::ranges::any_of(network.layers, [](const nn::Layer& layer) {
    return layer.record().mixes_rows && !layer.is_frozen();
  });
  return std::max<std::int64_t>(batch / (mixes ? 2 : 1), 1);
}

std::vector<std::int64_t> shard_bounds(const nn::Sequential& network, std::int64_t shards,
                                       std::int64_t rows) {
  const std::int64_t count = std::min(shards, most_shards(network, rows));
  std::vector<std::int64_t> bounds;
  for (std::int64_t shard = 0; shard <= count; ++shard) bounds.push_back(shard * rows / count);
  return bounds;
}

void require_shards(const nn::Sequential& network, std::int64_t shards, std::int64_t batch) {
  const std::int64_t most = most_shards(network, batch);
  if (shards >= 1 && shards <= most) return;
  throw UsageError(fmt::format(
      "shards = {}; with batches of {} it must be from 1 to {}{}", shards,
      batch == 1 ? "one row" : fmt::format("{} rows", batch), most,
      most == batch ? "" : ", two rows for each, since a layer looks at the batch's other rows"));
}

Value row_weight_input(Graph& graph, const StepOptions& options, std::int64_t batch) {
  return options.row_weights > 0 ? graph.input("row_weight", {batch, options.row_weights})
                                 : Value{};
}

nn::TraceOptions training_inputs(Graph& graph, const nn::Sequential& network,
                                 const StepOptions& options, const Shape& counter) {
  nn::TraceOptions traced{.training = true, .has_first_values = false};
  if (!nn::draws(network)) return traced;
  traced.counter = graph.input("counter", counter);
  if (options.schedules_dropout) traced.dropout_factor = graph.input("dropout_factor", {});
  return traced;
}

TracedTraining trace_training(Graph& graph, const StepSpec& spec, bool inner) {
  TracedTraining traced;
  traced.x = graph.input("x", nn::input_shape(spec.network, spec.row.batch(spec.batch)));
  traced.target = graph.input("target", {spec.batch, spec.outputs});
  traced.rate = graph.input("learning_rate", {});
  traced.step = graph.input("step", {});
  nn::TraceOptions options{};
  if (spec.training) options = training_inputs(graph, spec.network, spec.options, {2});
  options.has_first_values = spec.has_first_values;
  options.shard_bounds = shard_bounds(spec.network, spec.options.shards, spec.batch);
  traced.model = nn::trace(spec.network, traced.x, spec.seed, options);
  traced.row_weight = row_weight_input(graph, spec.options, spec.batch);
  traced.loss =
      graph.name(apply(spec.loss, traced.model, traced.target, traced.row_weight), "loss");
  graph.output("loss", traced.loss);

  traced.wanted = variables_of(traced.model);
  const auto parameters = static_cast<std::ptrdiff_t>(traced.wanted.size());
  if (inner)
    for (const Value node : inner_nodes(graph, traced)) traced.wanted.push_back(node);
  traced.gradients = gradient(traced.loss, traced.wanted);
  trace_update(graph, spec.optimizer, spec.options, traced.model,
               {traced.gradients.begin(), traced.gradients.begin() + parameters}, traced.rate,
               traced.step);
  return traced;
}

TracedGradients trace_gradients(Graph& graph, const Model& model, std::int64_t batch,
                                const nn::TraceOptions& options, Value share, Value row_weight) {
  const Value x = graph.input("x", nn::input_shape(model.network(), model.row().batch(batch)));
  nn::TraceOptions without_updates = options;
  without_updates.moves_buffers = without_updates.has_first_values = false;
  const nn::Traced traced = nn::trace(model.network(), x, model.options().seed, without_updates);
  const Value target = graph.input("target", {batch, model.outputs()});
  const Value loss = apply(model.loss(), traced, target, row_weight);
  const Value shared = share ? loss * share : loss;
  return {shared, gradient(shared, variables_of(traced)), traced.moved};
}

namespace {

const std::string& name_of(const nn::Traced::Moved& moved) {
  return moved.buffer.graph().node(moved.buffer.id()).name;
}

}  // namespace

std::vector<std::string> moved_buffers(const Model& model) {
  Graph graph;
  nn::TraceOptions options = training_inputs(graph, model.network(), {}, {2});
  options.moves_buffers = false;
  const Value x = graph.input("x", nn::input_shape(model.network(), model.row().batch(1)));
  std::vector<std::string> names;
  for (const auto& moved : nn::trace(model.network(), x, model.options().seed, options).moved)
    names.push_back(name_of(moved));
  return names;
}

Graph shard_graph(const Model& model, std::int64_t batch, const StepOptions& options) {
  Graph graph;
  const nn::TraceOptions inputs = training_inputs(graph, model.network(), options, {3});
  const Value share = graph.input("share", {});
  const auto [loss, gradients, moved] =
      trace_gradients(graph, model, batch, inputs, share, row_weight_input(graph, options, batch));
  graph.output("loss", loss);
  for (std::size_t i = 0; i < gradients.size(); ++i)
    graph.output(model.parameters()[i].name, gradients[i]);
  for (const nn::Traced::Moved& buffer : moved) graph.output(name_of(buffer), buffer.next * share);
  return graph;
}

Graph update_graph(const Model& model, const Optimizer& optimizer, const StepOptions& options) {
  Graph graph;
  const Value rate = graph.input("learning_rate", {}), step = graph.input("step", {});
  // Of the network nothing but its parameters is needed; what else is traced here is not computed.
  const Value x = graph.input("x", nn::input_shape(model.network(), model.row().batch(1)));
  const nn::Traced traced =
      nn::trace(model.network(), x, model.options().seed, {.has_first_values = false});
  std::vector<Value> gradients;
  for (const nn::Parameter& parameter : traced.parameters)
    gradients.push_back(graph.input(sum_input(parameter.name), parameter.variable.shape()));
  trace_update(graph, optimizer, options, traced, std::move(gradients), rate, step);
  for (const std::string& name : moved_buffers(model)) {
    const Value buffer = graph.value(graph.find(name).value());
    graph.update(buffer, graph.input(sum_input(name), buffer.shape()));
  }
  return graph;
}

std::string sum_input(std::string_view variable) { return std::string(variable) + ".over_shards"; }

Graph loss_graph(const Model& model, std::int64_t batch) {
  Graph graph;
  const Shape shape{batch, model.outputs()};
  nn::Traced traced{
      .output = graph.input("prediction", shape), .z = graph.input("z", shape), .parameters = {}};
  const std::vector<nn::PlacedLayer> layers = nn::placed(model.network(), model.row().batch(1));
  std::int64_t first = 0;
  for (const nn::PlacedOutput& output : nn::placed_outputs(model.network(), layers)) {
    const auto own = [&](Value all) {
      return slice(all, {0, first}, {batch, first + output.width});
    };
    traced.outputs.push_back(
        {layers[output.place].name, own(traced.output), own(traced.z), nn::identity});
    first += output.width;
  }
  graph.output("loss", apply(model.loss(), traced, graph.input("target", shape)));
  return graph;
}

TracedGraph training_graph(const nn::Sequential& network, const Loss& loss,
                           const Optimizer& optimizer, std::int64_t batch, const RowShape& row,
                           std::int64_t outputs, const ModelOptions& options,
                           double clip_norm) try {
  TracedGraph traced;
  const TracedTraining step = trace_training(traced.graph, {.network = network,
                                                            .loss = loss,
                                                            .optimizer = optimizer,
                                                            .batch = batch,
                                                            .row = row,
                                                            .outputs = outputs,
                                                            .seed = options.seed,
                                                            .options = {.clip_norm = clip_norm},
                                                            .has_first_values = true});
  keep_initial(traced, step.model);
  return traced;
} catch (...) {
  throw_ours();
}

TracedGraph prediction_graph(const nn::Sequential& network, const Loss& loss, std::int64_t batch,
                             const RowShape& row, const ModelOptions& options, bool shares) try {
  TracedGraph traced;
  Graph& graph = traced.graph;
  const Value x = graph.input("x", nn::input_shape(network, row.batch(batch)));
  const nn::Traced model = nn::trace(network, x, options.seed);
  const std::string number(calibration_of(network, loss));
  Value calibration;
  if (!number.empty()) calibration = graph.variable(number, {});
  Value log_share;
  if (shares && model.has_members) log_share = graph.input("log_share", {batch, model.z.dim(1)});
  const auto [z, prediction] = predicted(loss, model, calibration, log_share);
  graph.output("z", z);
  graph.output("prediction", prediction);
  keep_initial(traced, model);
  if (calibration) traced.buffers.emplace_back(number, DoubleTensor::filled(Shape{}, 1.0));
  return traced;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
