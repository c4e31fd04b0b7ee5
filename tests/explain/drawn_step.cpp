#include "explain/drawn_step.h"

#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "ops/expression.h"
#include "runtime/reference.h"
#include "train/loop/steps.h"

namespace chainrule::page {
namespace {

void feed_batch(const drawn::DrawnTraining& training, std::size_t step, StepState& state) {
  const drawn::DrawnBatch& batch = training.batches.at(step);
  const Shape x = nn::input_shape(state.network, training.engine_row().batch(training.batch));
  state.feeds["x"] = {x, batch.x};
  state.feeds["target"] = {{training.batch, training.outputs}, batch.target};
  state.feeds["learning_rate"] = {{}, {training.rates.at(step)}};
  state.feeds["step"] = {{}, {static_cast<double>(step + 1)}};
  const auto counter = counter_of(static_cast<std::int64_t>(step + 1));
  state.feeds["counter"] = {{2}, {counter.begin(), counter.end()}};
}

template <Fault fault, class T>
void pass_on(const Call<T>& call) {
  for (std::int64_t i = 0; i < call.y_shape.size(); ++i) {
    call.y[i] = call.x[0][i];
    if constexpr (fault == Fault::number && std::is_same_v<T, double>) call.y[i] *= 1.01;
  }
}

template <Fault fault>
constexpr Op passing_op{
    .name = "passed_on",
    .summary = {"The operand, with a fault at most."},
    .shape = [](std::span<const Shape> x, const Attributes&) { return x[0]; },
    .reference = pass_on<fault, double>,
    .symbolic = pass_on<fault, Expression>,
    .chain_rule =
        [](const Local&, Value g) {
          return std::vector<Value>{fault == Fault::derivative ? 1.01 * g : g};
        },
    .fast = [](const Call<float>& call, ThreadPool&) { pass_on<fault, float>(call); },
};

const Op& passing(Fault fault) {
  switch (fault) {
    case Fault::derivative:
      return passing_op<Fault::derivative>;
    case Fault::number:
      return passing_op<Fault::number>;
    default:
      return passing_op<Fault::none>;
  }
}

// The forward pass once more, into an empty graph.
class Copying {
 public:
  Copying(const Graph& from, Graph& to) : from_(from), to_(to) {}

  void copy_until(NodeId last, NodeId faulty, Fault fault) {
    for (NodeId id = 0; id <= last; ++id) {
      const Node& node = from_.node(id);
      copies_.push_back(copied(node));
      to_.assign(copies_.back(), node.origin);
      read_.push_back(id == faulty ? to_.apply(passing(fault), {{copies_.back()}})
                                   : copies_.back());
    }
    for (const Update& update : from_.updates())  // of buffers
      if (update.value <= last) to_.update(copies_[index(update.variable)], read(update.value));
  }

  Value at(Value value) const { return copies_[index(value.id())]; }
  Value read(NodeId id) const { return read_[index(id)]; }  // what others read in its place

 private:
  Value copied(const Node& node) {
    if (node.op == &input_op) return to_.input(node.name, node.shape);
    if (node.op == &variable_op) return to_.variable(node.name, node.shape);
    std::vector<Value> operands;
    for (const NodeId input : node.inputs) operands.push_back(read(input));
    const Value made = node.op == &constant_op ? to_.constant(evaluate_node(node, {}))
                                               : to_.apply(*node.op, operands, node.attributes);
    return node.name.empty() ? made : to_.name(made, node.name);
  }

  const Graph& from_;
  Graph& to_;
  std::vector<Value> copies_, read_;
};

}  // namespace

StepState third_step(const drawn::DrawnTraining& training) {
  StepState state{.network = training.network(),
                  .loss = training.loss,
                  .optimizer = training.optimizer,
                  .options = {.clip_norm = training.clip_norm},
                  .seed = training.seed};
  for (const auto& [name, start] : training.start) state.feeds[name] = start;
  for (std::size_t step = 0; step < 2; ++step) {
    feed_batch(training, step, state);
    RunStep taken(state, {}, Precision::single);
    for (const Update& update : taken.graph().updates())
      state.feeds[taken.graph().node(update.variable).name] = taken.elements().values(update.value);
  }
  feed_batch(training, 2, state);
  return state;
}

RunStep::Tamper faulty_at(NodeId node, Fault fault, const StepState& state) {
  return [=, &state](TracedTraining& traced) {
    Graph& graph = traced.loss.graph();
    const Graph right = std::exchange(graph, Graph());
    Copying copies(right, graph);
    copies.copy_until(traced.loss.id(), node, fault);
    for (Value* value : {&traced.x, &traced.target, &traced.rate, &traced.step, &traced.loss})
      *value = copies.at(*value);
    for (Value* value : {&traced.model.output, &traced.model.z}) *value = copies.read(value->id());
    for (auto* list : {&traced.model.parameters, &traced.model.buffers})
      for (nn::Parameter& parameter : *list) parameter.variable = copies.at(parameter.variable);
    for (Value& value : traced.wanted) value = copies.at(value);
    graph.output("loss", traced.loss);
    traced.gradients = gradient(traced.loss, traced.wanted);
    std::vector<Value> of_parameters = traced.gradients;
    of_parameters.resize(traced.model.parameters.size());
    if (state.options.clip_norm > 0)
      of_parameters = clip_by_norm(std::move(of_parameters), state.options.clip_norm);
    add_updates(state.optimizer, traced.model.parameters, of_parameters, traced.rate, traced.step);
  };
}

}  // namespace chainrule::page
