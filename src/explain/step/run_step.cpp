#include "explain/step/run_step.h"

#include <algorithm>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "explain/formula/rounding.h"
#include "graph/op.h"
#include "runtime/reference.h"

namespace chainrule::page {
RunStep::RunStep(const StepState& state, const Tamper& tamper, Precision precision)
    : optimizer_(state.optimizer),
      options_(state.options),
      layers_(nn::placed(state.network, state.feeds.at("x").shape)),
      feeds_(state.feeds) {
  const Shape &x = state.feeds.at("x").shape, &target = state.feeds.at("target").shape;
  traced_ = trace_training(graph_,
                           {.network = state.network,
                            .loss = state.loss,
                            .optimizer = state.optimizer,
                            .batch = x[0],
                            .row = x.row(),
                            .outputs = target[1],
                            .seed = state.seed,
                            .options = state.options,
                            .has_first_values = true,
                            .training = state.training},
                           true);
  if (tamper) tamper(traced_);
  find_optimizer_nodes(traced_.loss.id() + 1);
  find_memories();
  feed_the_rest();
  prediction_ = chainrule::prediction(state.loss, traced_.model);
  elements_.emplace(graph_, precision == Precision::none     ? std::vector<DoubleTensor>()
                            : precision == Precision::single ? all_in_single_precision()
                                                             : evaluate(graph_, feeds_));
  name_elements();
}

// The optimizer's variables, and the scalars that it works out once for all parameters.
void RunStep::find_optimizer_nodes(NodeId first) {
  for (NodeId id = first; id < graph_.size(); ++id) {
    const Node& node = graph_.node(id);
    if (node.op == &variable_op) states_.push_back(graph_.value(id));
    if (node.inputs.size() != 1 || node.shape == Shape{}) continue;
    const Value source = graph_.value(node.inputs[0]);
    const auto& origin = source.node().origin;
    const bool is_of_update = origin.phase == Phase::update && origin.layer != "averages";
    if (source.shape() == Shape{} && is_of_update && !is_leaf(source.node()) &&
        source.node().name.empty() && std::ranges::find(shared_, source) == shared_.end())
      shared_.push_back(source);
  }
}

void RunStep::find_memories() {
  for (const Value state : states_)
    for (const nn::Parameter& parameter : model().parameters) {
      const std::string begin = parameter.name + ".", &name = state.node().name;
      if (name.starts_with(begin))
        memories_.push_back({state, parameter.variable, name.substr(begin.size())});
    }
}

void RunStep::feed_the_rest() {
  for (const auto* list : {&model().parameters, &model().buffers})
    for (const nn::Parameter& parameter : *list)
      feeds_.try_emplace(parameter.name, parameter.initial);
  for (const Value state : states_)
    feeds_.try_emplace(state.node().name, DoubleTensor(state.shape()));
}

void RunStep::name_elements() {
  elements_->name(traced_.x, "x");
  elements_->name(traced_.target, "target");
  if (traced_.row_weight) elements_->name(traced_.row_weight, "row_weight");
  elements_->name(traced_.rate, "rate");
  elements_->name(traced_.step, "t");
  elements_->name(traced_.loss, "E");
  for (NodeId id = 0; id < graph_.size(); ++id)
    if (const Node& node = graph_.node(id); !node.name.empty() && !elements_->has_name(id))
      elements_->name(graph_.value(id), node.name);
  if (!elements_->has_name(prediction_.id())) elements_->name(prediction_, "p");
  for (std::size_t i = 0; i < traced_.wanted.size(); ++i)
    if (!elements_->has_name(traced_.gradients[i].id()))
      elements_->name(traced_.gradients[i], traced_.wanted[i].node().name, Role::gradient);
  for (std::size_t i = 0; i < shared_.size(); ++i)
    elements_->name(shared_[i], fmt::format("s{}", i + 1));
  for (const Update& update : graph_.updates())
    if (!elements_->has_name(update.value))
      elements_->name(graph_.value(update.value), graph_.node(update.variable).name, Role::next);
}

const nn::PlacedLayer* RunStep::layer_of(NodeId node) const {
  const auto found =
      std::ranges::find(layers_, graph_.node(node).origin.layer, &nn::PlacedLayer::name);
  return found == layers_.end() ? nullptr : &*found;
}

Value RunStep::gradient_of(Value node) const {
  const auto found = std::ranges::find(traced_.wanted, node);
  if (found == traced_.wanted.end()) return {};
  return traced_.gradients[static_cast<std::size_t>(found - traced_.wanted.begin())];
}

Value RunStep::next_value(Value variable) const {
  const Value next = value_after(variable);
  if (next == variable) throw InternalError("nothing updates " + variable.node().name);
  return next;
}

Value RunStep::value_after(Value variable) const {
  const auto update = std::ranges::find(graph_.updates(), variable.id(), &Update::variable);
  return update == graph_.updates().end() ? variable : Value(variable.graph(), update->value);
}

bool RunStep::is_per_sample(NodeId id) const {
  const Node& node = graph_.node(id);
  if (node.op == &variable_op || node.shape.rank() < 2 || node.shape[0] != batch()) return false;
  return std::ranges::none_of(graph_.updates(), [&](const Update& update) {
    const auto wanted = std::ranges::find(traced_.wanted, update.variable, &Value::id);
    const auto which = static_cast<std::size_t>(wanted - traced_.wanted.begin());
    return update.value == id ||
           (which < traced_.gradients.size() && traced_.gradients[which].id() == id);
  });
}

std::optional<Value> RunStep::find(std::string_view name) {
  const auto id = graph_.find(name);
  return id ? std::optional(graph_.value(*id)) : std::nullopt;
}

double RunStep::in_single_precision(Element element) {
  return in_single_precision(std::vector{element.node})[0].values[index(element.index)];
}

std::vector<DoubleTensor> RunStep::in_single_precision(const std::vector<NodeId>& nodes) {
  Session session;
  Graph graph = graph_;  // with more outputs
  for (const NodeId id : nodes) graph.output(fmt::format("asked {}", id), graph.value(id));
  Program program(graph, session);
  for (const auto& [name, value] : feeds_) {
    if (session.has(name))
      session.set(name, value);
    else if (program.has_input(name))
      std::ranges::transform(value.values, program.input(name).begin(),
                             [](double number) { return static_cast<float>(number); });
  }
  program.run();
  std::vector<DoubleTensor> values;
  for (const NodeId id : nodes) {
    const std::span<const float> numbers = program.output(fmt::format("asked {}", id));
    values.emplace_back(graph.node(id).shape, std::vector<double>(numbers.begin(), numbers.end()));
  }
  return values;
}

// Constants have no place here; Elements knows them.
std::vector<DoubleTensor> RunStep::all_in_single_precision() {
  std::vector<NodeId> made;
  std::vector<DoubleTensor> values(graph_.nodes().size());
  for (NodeId id = 0; id < graph_.size(); ++id) {
    if (!is_leaf(graph_.node(id)))
      made.push_back(id);
    else if (const auto feed = feeds_.find(graph_.node(id).name); feed != feeds_.end())
      values[index(id)] = feed->second;
  }
  std::vector<DoubleTensor> results = in_single_precision(made);
  for (std::size_t i = 0; i < made.size(); ++i) values[index(made[i])] = std::move(results[i]);
  return values;
}

double RunStep::loss_rounding() {
  return page::loss_rounding(
      graph_, [this](NodeId id) -> const DoubleTensor& { return elements_->values(id); },
      loss().id(), traced_.wanted, traced_.gradients);
}

std::vector<DoubleTensor> RunStep::values_after() {
  Feeds feeds = feeds_;
  for (const Update& update : graph_.updates())
    feeds[graph_.node(update.variable).name] = elements_->values(update.value);
  return evaluate(graph_, feeds);
}

double RunStep::loss_with(Element element, double value) {
  std::vector<DoubleTensor> changed(index(loss().id()) + 1);
  changed[index(element.node)] = elements_->values(element.node);
  changed[index(element.node)].values[static_cast<std::size_t>(element.index)] = value;
  const auto is_changed = [&](NodeId id) { return !changed[index(id)].values.empty(); };
  for (NodeId id = element.node + 1; id <= loss().id(); ++id) {
    const Node& node = graph_.node(id);
    if (std::ranges::none_of(node.inputs, is_changed)) continue;
    std::vector<const DoubleTensor*> x;
    for (const NodeId input : node.inputs)
      x.push_back(is_changed(input) ? &changed[index(input)] : &elements_->values(input));
    changed[index(id)] = evaluate_node(node, x);
  }
  return is_changed(loss().id()) ? changed.back().values[0]
                                 : elements_->values(loss().id()).values[0];
}

}  // namespace chainrule::page
