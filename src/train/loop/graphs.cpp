#include "base/boundary.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/train.h"
#include "nn/place.h"
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

}  // namespace

TracedTraining trace_training(Graph& graph, const StepSpec& spec, bool inner) {
  TracedTraining traced;
  traced.x = graph.input("x", nn::input_shape(spec.network, spec.row.batch(spec.batch)));
  traced.target = graph.input("target", {spec.batch, spec.outputs});
  traced.rate = graph.input("learning_rate", {});
  traced.step = graph.input("step", {});
  const bool draws = spec.training && nn::draws(spec.network);
  const Value counter = draws ? graph.input("counter", {2}) : Value{};
  traced.model =
      nn::trace(spec.network, traced.x, spec.seed, {.training = spec.training, .counter = counter});
  traced.loss = graph.name(apply(spec.loss, traced.model, traced.target), "loss");
  graph.output("loss", traced.loss);

  const std::vector<nn::Parameter>& parameters = traced.model.parameters;
  for (const nn::Parameter& parameter : parameters) traced.wanted.push_back(parameter.variable);
  if (inner)
    for (const Value node : inner_nodes(graph, traced)) traced.wanted.push_back(node);
  traced.gradients = gradient(traced.loss, traced.wanted);
  std::vector<Value> of_parameters(
      traced.gradients.begin(),
      traced.gradients.begin() + static_cast<std::ptrdiff_t>(parameters.size()));
  if (spec.clip_norm > 0) of_parameters = clip_by_norm(std::move(of_parameters), spec.clip_norm);
  add_updates(spec.optimizer, parameters, of_parameters, traced.rate, traced.step);
  return traced;
}

std::vector<Value> trace_gradients(Graph& graph, const Model& model, std::int64_t batch,
                                   bool training) {
  const Value counter =
      training && nn::draws(model.network()) ? graph.input("counter", {2}) : Value{};
  const Value x = graph.input("x", nn::input_shape(model.network(), model.row().batch(batch)));
  const nn::Traced traced =
      nn::trace(model.network(), x, model.options().seed,
                {.training = training, .moves_buffers = false, .counter = counter});
  const Value target = graph.input("target", {batch, model.outputs()});
  std::vector<Value> variables;
  for (const nn::Parameter& parameter : traced.parameters) variables.push_back(parameter.variable);
  return gradient(apply(model.loss(), traced, target), variables);
}

Graph loss_graph(const Loss& loss, std::int64_t batch, std::int64_t outputs) {
  Graph graph;
  const Shape shape{batch, outputs};
  const nn::Traced model{
      .output = graph.input("prediction", shape), .z = graph.input("z", shape), .parameters = {}};
  graph.output("loss", apply(loss, model, graph.input("target", shape)));
  return graph;
}

TracedGraph training_graph(const nn::Sequential& network, const Loss& loss,
                           const Optimizer& optimizer, std::int64_t batch, const RowShape& row,
                           std::int64_t outputs, const ModelOptions& options,
                           double clip_norm) try {
  TracedGraph traced;
  const TracedTraining step = trace_training(
      traced.graph, {network, loss, optimizer, batch, row, outputs, options.seed, clip_norm});
  keep_initial(traced, step.model);
  return traced;
} catch (...) {
  throw_ours();
}

TracedGraph prediction_graph(const nn::Sequential& network, const Loss& loss, std::int64_t batch,
                             const RowShape& row, const ModelOptions& options) try {
  TracedGraph traced;
  Graph& graph = traced.graph;
  const Value x = graph.input("x", nn::input_shape(network, row.batch(batch)));
  const nn::Traced model = nn::trace(network, x, options.seed);
  graph.output("z", model.z);
  graph.output("prediction", prediction(loss, model));
  keep_initial(traced, model);
  return traced;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
