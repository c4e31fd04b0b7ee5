#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/train.h"

namespace chainrule {
namespace {

bool has_dropout(const nn::Sequential& network) {
  for (const nn::Layer& layer : network.layers)
    if (std::holds_alternative<nn::Dropout>(layer)) return true;
  return false;
}

void keep_initial(TracedGraph& traced, const nn::Traced& model) {
  for (const nn::Parameter& parameter : model.parameters)
    traced.initial.emplace_back(parameter.name, parameter.initial);
}

}  // namespace

TracedGraph training_graph(const nn::Sequential& network, const Loss& loss,
                           const Optimizer& optimizer, std::int64_t batch, std::int64_t inputs,
                           std::int64_t outputs, const ModelOptions& options, double clip_norm) {
  TracedGraph traced;
  Graph& graph = traced.graph;
  const Value x = graph.input("x", {batch, inputs});
  const Value target = graph.input("target", {batch, outputs});
  const Value rate = graph.input("learning_rate", {}), step = graph.input("step", {});
  const Value counter = has_dropout(network) ? graph.input("counter", {2}) : Value{};

  const nn::Traced model = nn::trace(network, x, options.seed, counter);
  const Value loss_value = apply(loss, model, target);
  graph.output("loss", graph.name(loss_value, "loss"));
  std::vector<Value> variables;
  for (const nn::Parameter& parameter : model.parameters) variables.push_back(parameter.variable);
  std::vector<Value> gradients = gradient(loss_value, variables);
  if (clip_norm > 0) gradients = clip_by_norm(std::move(gradients), clip_norm);
  add_updates(optimizer, model.parameters, gradients, rate, step);
  keep_initial(traced, model);
  return traced;
}

TracedGraph prediction_graph(const nn::Sequential& network, const Loss& loss, std::int64_t batch,
                             std::int64_t inputs, const ModelOptions& options) {
  TracedGraph traced;
  Graph& graph = traced.graph;
  const nn::Traced model = nn::trace(network, graph.input("x", {batch, inputs}), options.seed);
  graph.output("z", model.z);
  graph.output("prediction", prediction(loss, model));
  keep_initial(traced, model);
  return traced;
}

}  // namespace chainrule
