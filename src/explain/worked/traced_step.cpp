#include "explain/worked/traced_step.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "explain/formula/formula.h"
#include "explain/formula/rounding.h"
#include "graph/op.h"
#include "nn/place.h"

namespace chainrule::page {
namespace {

void require_numbers(std::string_view what, const std::vector<double>& numbers) {
  if (numbers.empty()) throw UsageError(fmt::format("the example has no {}; give numbers", what));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (!std::isfinite(numbers[i]))
      throw UsageError(fmt::format("the example's {}: number {} is {}; give finite numbers", what,
                                   i + 1, numbers[i]));
}

DoubleTensor row(const std::vector<double>& numbers) {
  return {{1, static_cast<std::int64_t>(numbers.size())}, numbers};
}

bool depends_on(const Graph& graph, Value value, Value on) {
  std::vector<char> depends(static_cast<std::size_t>(graph.size()), 0);
  depends[static_cast<std::size_t>(on.id())] = 1;
  for (NodeId id = on.id() + 1; id <= value.id(); ++id)
    for (const NodeId input : graph.node(id).inputs)
      if (depends[static_cast<std::size_t>(input)]) depends[static_cast<std::size_t>(id)] = 1;
  return depends[static_cast<std::size_t>(value.id())] != 0;
}

// What the loss's formula makes of the logits, if it treats them as such: an activation of them.
Value activation_inside(Graph& graph, NodeId first, Value logits) {
  for (NodeId id = first; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (node.inputs.size() != 1 || node.inputs[0] != logits.id()) continue;
    for (const nn::Activation& activation : nn::activations())
      if (activation.name == node.op->name) return graph.value(id);
  }
  return {};
}

}  // namespace

TracedStep::TracedStep(const TrainingStep& step) {
  require_numbers("input", step.input);
  require_numbers("target", step.target);
  const DoubleTensor input = row(step.input), wanted = row(step.target);
  x = graph.input("input", input.shape);
  target = graph.input("target", wanted.shape);
  rate = graph.input("rate", {});
  count = graph.input("count", {});
  model = nn::trace(step.model, x, step.seed);
  loss = apply(step.loss, model, target);

  std::vector<Value> variables;
  for (const nn::Parameter& parameter : model.parameters) variables.push_back(parameter.variable);
  gradients = gradient(loss, variables);
  const NodeId first_state = static_cast<NodeId>(graph.size());
  add_updates(step.optimizer, model.parameters, gradients, rate, count);
  for (NodeId id = first_state; id < graph.size(); ++id)
    if (graph.node(id).op == &variable_op) states.push_back(graph.value(id));
  find_shared_scalars(first_state);

  find_layers(step.model);
  trace_output_derivatives();
  trace_layer_derivatives();
  for (const Layer& layer : layers) {
    inner_.push_back(layer.z);
    if (!layer.is_identity()) inner_.push_back(layer.h);
  }
  inner_gradients_ = gradient(loss, inner_);

  Optimizer optimizer = step.optimizer;
  feeds_ = {{"input", input},
            {"target", wanted},
            {"rate", {{}, {learning_rate(optimizer)}}},
            {"count", {{}, {1.0}}}};
  for (const nn::Parameter& parameter : model.parameters)
    feeds_.emplace(parameter.name, parameter.initial);
  for (const Value& state : states) feeds_.emplace(state.node().name, DoubleTensor(state.shape()));
  values_ = evaluate(graph, feeds_);

  const nn::Traced again =
      nn::trace(step.model, loss_graph_.input("input", input.shape), step.seed);
  loss_only_ = apply(step.loss, again, loss_graph_.input("target", wanted.shape));
}

// Numbers that the update works out once and then uses for every parameter.
void TracedStep::find_shared_scalars(NodeId first) {
  for (NodeId id = first; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (node.op->kind == OpKind::leaf || node.inputs.size() != 1) continue;
    const Value source = graph.value(node.inputs[0]);
    const bool stretched = source.shape() == Shape{} && node.shape != Shape{};
    if (stretched && source.id() >= first && !is_leaf(source.node()) &&
        std::ranges::find(shared, source) == shared.end())
      shared.push_back(source);
  }
}

void TracedStep::find_layers(const nn::Sequential& network) {
  for (const nn::PlacedLayer& at : nn::placed(network, x.shape())) {
    if (at.layer.get_if<nn::Activation>() != nullptr)
      throw UsageError(
          "the page has room for one activation per dense layer, right behind it; leave out the "
          "other activation layer");
    if (at.layer.get_if<nn::Dense>() == nullptr && !at.layer.record().draws)
      throw UsageError(
          fmt::format("the page works dense layers and their activations by hand; leave out {}, or "
                      "train the network and ask the run",
                      at.name));
  }
  std::int64_t inputs = x.dim(1), neurons = 0, weights = 0, biases = 0, hidden = 0;
  for (std::size_t p = 0; p < model.parameters.size(); ++p) {
    const std::string name = fmt::format("dense{}", layers.size() + 1);
    Layer layer{.inputs = inputs,
                .units = model.parameters[p].variable.dim(0),
                .z = graph.value(graph.find(name + ".z").value()),
                .weight = p,
                .first_neuron = neurons,
                .first_weight = weights,
                .first_bias = biases,
                .first_hidden = hidden};
    const auto h = graph.find(name + ".h");
    layer.h = h ? graph.value(*h) : layer.z;
    const bool has_bias =
        p + 1 < model.parameters.size() && model.parameters[p + 1].name == name + ".bias";
    if (has_bias) layer.bias = ++p;
    inputs = layer.units;
    neurons += layer.units;
    hidden += layer.units;
    weights += layer.units * layer.inputs;
    if (has_bias) biases += layer.units;
    layers.push_back(layer);
  }
  if (layers.empty())
    throw UsageError("the page needs at least one dense layer; the network has none");
}

void TracedStep::trace_output_derivatives() {
  const Node node = loss.node();  // a copy: tracing moves the nodes
  const std::vector<Value> operands{graph.value(node.inputs[0]), graph.value(node.inputs[1])};
  const auto first = static_cast<NodeId>(graph.size());
  const auto open = node.op->textbook != nullptr ? node.op->textbook : node.op->compose;
  textbook_loss = open(operands, node.attributes);
  const Layer& last = layers.back();
  // Only a loss that starts from z treats it as logits.
  if (operands[0] == last.z) probabilities = activation_inside(graph, first, last.z);
  const bool from_logits = probabilities || !depends_on(graph, loss, last.h);
  // Where the network itself ends in that activation, its outputs are the probabilities.
  if (!last.is_identity()) probabilities = {};
  if (!from_logits) dE_do = gradient(loss, {{last.h}})[0];
}

void TracedStep::trace_layer_derivatives() {
  for (Layer& layer : layers) {
    const Node node = layer.h.node();
    const bool last = &layer == &layers.back();
    if (!layer.is_identity() && is_elementwise_function(*node.op, node.attributes))
      layer.dh_dz = local_partial(layer.h, 0);
    if (last && !dE_do) {
      layer.dE_dz = gradient(loss, {{layer.z}})[0];
    } else if (!layer.is_elementwise()) {
      layer.seed = last ? dE_do : gradient(loss, {{layer.h}})[0];
      layer.dE_dz = gradient(layer.h, {{layer.z}}, layer.seed)[0];
    }
  }
}

Value TracedStep::next_value(Value variable) const {
  const auto update = std::ranges::find(graph.updates(), variable.id(), &Update::variable);
  if (update == graph.updates().end())
    throw InternalError("nothing updates " + variable.node().name);
  return Value(variable.graph(), update->value);
}

std::vector<DoubleTensor> TracedStep::values_after_update() const {
  Feeds feeds = feeds_;
  for (const Update& update : graph.updates())
    feeds[graph.node(update.variable).name] = values_[static_cast<std::size_t>(update.value)];
  return evaluate(graph, feeds);
}

double TracedStep::loss_rounding() const {
  const auto values_of = [this](NodeId id) -> const DoubleTensor& {
    return values_[static_cast<std::size_t>(id)];
  };
  return page::loss_rounding(graph, values_of, loss.id(), inner_, inner_gradients_);
}

double TracedStep::loss_at(const Feeds& feeds) const {
  return evaluate(loss_graph_, feeds)[static_cast<std::size_t>(loss_only_.id())].values[0];
}

}  // namespace chainrule::page
