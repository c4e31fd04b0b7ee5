#include "explain/worked/worked_step.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/gradient.h"
#include "explain/formula/formula.h"
#include "graph/op.h"

namespace chainrule::page {
namespace {

void require_numbers(std::string_view what, const std::vector<double>& numbers) {
  if (numbers.empty()) throw UsageError(fmt::format("the example has no {}; give numbers", what));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (!std::isfinite(numbers[i]))
      throw UsageError(fmt::format("the example's {}: number {} is {}; give finite numbers", what,
                                   i + 1, numbers[i]));
}

// Rows as long as the first one.
DoubleTensor rows(const std::vector<double>& first, const TrainingStep& step,
                  std::vector<double> TrainingExample::*numbers) {
  std::vector<double> all = first;
  for (const TrainingExample& other : step.others) {
    const std::vector<double>& row = other.*numbers;
    if (row.size() != first.size())
      throw UsageError(fmt::format("the examples have {} and {} numbers; give all the same many",
                                   first.size(), row.size()));
    all.insert(all.end(), row.begin(), row.end());
  }
  const auto count = static_cast<std::int64_t>(step.others.size()) + 1;
  return {{count, static_cast<std::int64_t>(first.size())}, std::move(all)};
}

// The first step of a training, without what is drawn at random.
StepState state_of(const TrainingStep& step, const Feeds& from) {
  if (!step.model.outputs.empty() || !step.loss.parts.empty())
    throw UsageError(
        "the page works a network with one output by hand; leave out outputs and the parts of the "
        "loss, or train the network and ask the run");
  require_numbers("input", step.input);
  require_numbers("target", step.target);
  for (const TrainingExample& other : step.others) {
    require_numbers("input", other.input);
    require_numbers("target", other.target);
  }
  if (!step.others.empty() && !step.loss.class_weights.empty())
    throw UsageError(
        "the page averages the errors of several examples evenly; leave class_weights out, or give "
        "one example");
  Optimizer optimizer = step.optimizer;
  StepState state{.network = step.model,
                  .loss = step.loss,
                  .optimizer = step.optimizer,
                  .seed = step.seed,
                  .training = false,
                  .feeds = {{"x", rows(step.input, step, &TrainingExample::input)},
                            {"target", rows(step.target, step, &TrainingExample::target)},
                            {"learning_rate", {{}, {learning_rate(optimizer)}}},
                            {"step", {{}, {1.0}}}}};
  for (const auto& [name, value] : from) state.feeds[name] = value;
  return state;
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

// What the page has no words for; `adds_up`: the layer is one of weighted sums.
void require_is_worked(const nn::PlacedLayer& at, bool adds_up) {
  if (at.layer.get_if<nn::Activation>() != nullptr)
    throw UsageError(
        "the page has room for one activation per dense layer, right behind it; leave out the "
        "other activation layer");
  if (!adds_up && !at.layer.record().draws)
    throw UsageError(
        fmt::format("the page works dense layers and their activations by hand; leave out {}, or "
                    "train the network and ask the run",
                    at.name));
  if (!at.layer.inputs().empty() || (adds_up && !at.owns_parameters()))
    throw UsageError(fmt::format(
        "the page works layers that stand one behind the other; leave out what {} reads or shares, "
        "or train the network and ask the run",
        at.name));
}

}  // namespace

WorkedStep::WorkedStep(const TrainingStep& step, const Feeds& from)
    : run(state_of(step, from)), parameters_(run.model().parameters) {
  if (parameters_.empty())
    throw UsageError("every parameter stays as it is; leave one of trainable = false out");
  parameters_.insert(parameters_.end(), run.model().buffers.begin(), run.model().buffers.end());
  find_layers();
  trace_output_derivatives();
  trace_layer_derivatives();
}

Feeds WorkedStep::next() {
  Feeds feeds;
  for (const Update& update : run.graph().updates())
    feeds[run.graph().node(update.variable).name] = run.elements().values(update.value);
  feeds["step"] = {{}, {at(run.traced().step) + 1}};
  return feeds;
}

void WorkedStep::find_layers() {
  for (const nn::PlacedLayer& at : run.layers()) require_is_worked(at, adds_up(at));
  std::int64_t neurons = 0, weights = 0, biases = 0, hidden = 0;
  const auto place = [&](Value variable) {
    const auto found = std::ranges::find(parameters(), variable, &nn::Parameter::variable);
    return static_cast<std::size_t>(found - parameters().begin());
  };
  for (const ChainLayer& link : chain_of(run)) {
    Layer layer{link};
    layer.weight_at = place(link.weight);
    if (link.bias) layer.bias_at = place(link.bias);
    layer.first_neuron = neurons;
    layer.first_weight = weights;
    layer.first_bias = biases;
    layer.first_hidden = hidden;
    neurons += layer.units();
    hidden += layer.units();
    weights += layer.units() * layer.inputs();
    if (layer.bias) biases += layer.bias.dim(0);
    layers.push_back(layer);
  }
  if (layers.empty())
    throw UsageError("the page needs at least one dense layer; the network has none");
}

void WorkedStep::trace_output_derivatives() {
  Graph& graph = run.graph();
  const Node node = run.loss().node();  // a copy: tracing moves the nodes
  const std::vector<Value> operands{graph.value(node.inputs[0]), graph.value(node.inputs[1])};
  const auto first = static_cast<NodeId>(graph.size());
  const auto open = node.op->textbook != nullptr ? node.op->textbook : node.op->compose;
  textbook_loss = open(operands, node.attributes);
  const Layer& last = layers.back();
  // Only a loss that starts from z treats it as logits.
  if (operands[0] == last.z) probabilities = activation_inside(graph, first, last.z);
  const bool from_logits = probabilities || !depends_on(graph, run.loss(), last.h);
  // Where the network itself ends in that activation, its outputs are the probabilities.
  if (!last.is_identity()) probabilities = {};
  if (!from_logits) dE_do = run.gradient_of(last.h);
}

void WorkedStep::trace_layer_derivatives() {
  for (Layer& layer : layers) {
    const Node node = layer.h.node();
    const bool last = &layer == &layers.back();
    if (!layer.is_identity() && is_elementwise_function(*node.op, node.attributes))
      layer.dh_dz = local_partial(layer.h, 0);
    if (last && !dE_do) {
      layer.dE_dz = run.gradient_of(layer.z);
    } else if (!layer.is_elementwise()) {
      layer.seed = run.gradient_of(layer.h);
      layer.dE_dz = run.gradient_of(layer.z);
    }
  }
}

}  // namespace chainrule::page
