// Chainrule's side of a training: the step's graph, by the reference evaluator and by the compiled
// program.
#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "chainrule/program.h"
#include "outcome.h"
#include "train/loop/training_step.h"

namespace chainrule::beside_torch {
namespace {

// The step's graph, with the numbers to start from.
class OwnStep {
 public:
  explicit OwnStep(const DrawnTraining& training)
      : training_(training),
        network_(training.network()),
        traced_(trace_training(graph_,
                               {.network = network_,
                                .loss = training.loss,
                                .optimizer = training.optimizer,
                                .batch = training.batch,
                                .row = training.engine_row(),
                                .outputs = training.outputs,
                                .seed = training.seed,
                                .options = {.clip_norm = training.clip_norm},
                                .has_first_values = true},
                               true)),
        prediction_(prediction(training.loss, traced_.model)) {
    require_same_variables();
    for (const auto& [name, value] : training.start) feeds_[name] = value;
    for (const Update& update : graph_.updates()) {
      const Node& variable = graph_.node(update.variable);
      feeds_.try_emplace(variable.name, DoubleTensor(variable.shape));  // the optimizer's memory
    }
  }

  Graph& graph() { return graph_; }
  const TracedTraining& traced() const { return traced_; }
  Value prediction_of_model() const { return prediction_; }
  const Feeds& feeds() const { return feeds_; }
  const DoubleTensor& feed(const std::string& name) const { return feeds_.at(name); }

  void set_batch(std::size_t step) {
    const DrawnBatch& batch = training_.batches[step];
    feeds_["x"] = {traced_.x.shape(), batch.x};
    feeds_["target"] = {traced_.target.shape(), batch.target};
    feeds_["learning_rate"] = {Shape{}, {training_.rates[step]}};
    feeds_["step"] = {Shape{}, {static_cast<double>(step + 1)}};
  }

  void update(const std::vector<DoubleTensor>& values) {
    for (const Update& update : graph_.updates())
      feeds_[graph_.node(update.variable).name] = values[static_cast<std::size_t>(update.value)];
  }

  // The names of what has a gradient, and where it is.
  struct Derived {
    std::string name;
    Value gradient;
    bool is_parameter;
  };
  std::vector<Derived> derived() const {
    std::vector<Derived> list;
    for (std::size_t i = 0; i < traced_.wanted.size(); ++i)
      list.push_back({traced_.wanted[i].node().name, traced_.gradients[i],
                      i < traced_.model.parameters.size()});
    return list;
  }

 private:
  // What the layers' documents say that there is must be what there is.
  void require_same_variables() const {
    std::size_t count = 0;
    for (const auto* list : {&traced_.model.parameters, &traced_.model.buffers})
      for (const nn::Parameter& parameter : *list) {
        ++count;
        const auto found = training_.start.find(parameter.name);
        if (found == training_.start.end() || found->second.shape != parameter.initial.shape)
          throw std::runtime_error(fmt::format("the engine has a parameter {} of shape {}",
                                               parameter.name,
                                               parameter.initial.shape.to_string()));
      }
    if (count != training_.start.size())
      throw std::runtime_error(fmt::format("the engine has {} parameters and buffers, not {}",
                                           count, training_.start.size()));
  }

  const DrawnTraining& training_;
  nn::Network network_;
  Graph graph_{};
  TracedTraining traced_;
  Value prediction_;
  Feeds feeds_{};
};

const Numbers& numbers(const std::vector<DoubleTensor>& values, Value value) {
  return values[static_cast<std::size_t>(value.id())].values;
}

void note_first(OwnStep& step, const std::vector<DoubleTensor>& values, Outcome& outcome) {
  outcome.loss = numbers(values, step.traced().loss)[0];
  outcome.output = numbers(values, step.prediction_of_model());
  for (const auto& [name, gradient, is_parameter] : step.derived()) {
    (is_parameter ? outcome.gradients : outcome.node_gradients)[name] = numbers(values, gradient);
    if (!is_parameter)
      outcome.nodes[name] = numbers(values, step.graph().value(*step.graph().find(name)));
  }
}

Numbers widened(std::span<const float> numbers) { return {numbers.begin(), numbers.end()}; }

void narrow(const Numbers& from, std::span<float> to) {
  std::ranges::transform(from, to.begin(),
                         [](double number) { return static_cast<float>(number); });
}

}  // namespace

Outcome run_reference(const DrawnTraining& training) {
  OwnStep step(training);
  Outcome outcome;
  for (std::size_t i = 0; i < training.batches.size(); ++i) {
    step.set_batch(i);
    const std::vector<DoubleTensor> values = evaluate(step.graph(), step.feeds());
    outcome.last_loss = numbers(values, step.traced().loss)[0];
    if (i == 0) note_first(step, values, outcome);
    step.update(values);
  }
  for (const auto& [name, start] : training.start) outcome.variables[name] = step.feed(name).values;
  return outcome;
}

namespace {

// One step from where the training starts.
void run_once(const OwnStep& step, Program& program, Session& session) {
  for (const auto& [name, value] : step.feeds()) {
    if (session.has(name)) session.set(name, value);
    if (program.has_input(name)) narrow(value.values, program.input(name));
  }
  program.run();
}

// A step whose gradients nobody else reads is compiled otherwise, and gives the same bits.
void require_same_bits(const DrawnTraining& training, const Session& expected) {
  OwnStep step(training);
  step.set_batch(0);
  Session session;
  Program program(step.graph(), session);
  run_once(step, program, session);
  for (const std::string& name : session.variables())
    if (!std::ranges::equal(session.values(name), expected.values(name)))
      throw std::runtime_error(
          fmt::format("{} becomes another where its gradient is no output", name));
}

}  // namespace

Outcome run_program(const DrawnTraining& training) {
  OwnStep step(training);
  step.set_batch(0);
  step.graph().output("output", step.prediction_of_model());
  for (const auto& [name, gradient, is_parameter] : step.derived())
    if (is_parameter) step.graph().output("gradient of " + name, gradient);
  Session session;
  Program program(step.graph(), session);
  run_once(step, program, session);
  require_same_bits(training, session);
  Outcome outcome;
  outcome.loss = program.output("loss")[0];
  outcome.output = widened(program.output("output"));
  for (const auto& [name, gradient, is_parameter] : step.derived())
    if (is_parameter) outcome.gradients[name] = widened(program.output("gradient of " + name));
  for (const auto& [name, start] : training.start)
    outcome.variables[name] = session.has(name) ? widened(session.values(name)) : start.values;
  return outcome;
}

}  // namespace chainrule::beside_torch
