#include "train/loop/steps.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "train/profile/step_recorder.h"

namespace chainrule {
namespace {

void validate(const FitOptions& options, const data::Part& train, const Model& model) {
  const auto require = [](bool holds, const std::string& message) {
    if (!holds) throw UsageError(message);
  };
  require(!train.rows.empty(), "fit: there are no training rows");
  require(train.data->width() == model.inputs(),
          fmt::format("fit: the model has {} inputs, the data {} features per row", model.inputs(),
                      train.data->width()));
  require(train.data->outputs() == model.outputs(),
          fmt::format("fit: the model has {} outputs, the data {}", model.outputs(),
                      train.data->outputs()));
  model.require_ids(*train.data, train.rows);
  require(options.epochs >= 1, fmt::format("fit: epochs = {}; at least 1", options.epochs));
  require(options.batch_size >= 1,
          fmt::format("fit: batch_size = {}; at least 1", options.batch_size));
  require(options.schedule.warmup >= 0 && options.schedule.warmup < 1,
          "fit: the warm-up is a fraction of the steps, at least 0 and below 1");
  require(options.schedule.floor >= 0 && options.schedule.floor <= 1,
          "fit: the schedule's floor is a fraction of the rate, from 0 to 1");
}

}  // namespace

// One compiled training step, with the places that change from step to step.
class Steps::StepProgram {
 public:
  StepProgram(Model& model, const Optimizer& optimizer, std::int64_t batch, double clip_norm,
              Profile* profile)
      : program_(training_graph(model.network(), model.loss(), optimizer, batch, model.row(),
                                model.outputs(), model.options(), clip_norm)
                     .graph,
                 model.session()),
        x_(program_.input("x").data()),
        target_(program_.input("target").data()),
        rate_(program_.input("learning_rate").data()),
        step_(program_.input("step").data()),
        loss_(program_.output("loss").data()) {
    if (program_.has_input("counter")) counter_ = program_.input("counter");
    if (profile != nullptr) recorder_.emplace(*profile, program_);
  }

  // Returns the loss before the update.
  double run(const data::Dataset& data, std::span<const std::int64_t> rows, double rate,
             std::int64_t step) {
    if (recorder_) recorder_->begin();
    data.gather(rows, x_, target_);
    *rate_ = static_cast<float>(rate);
    *step_ = static_cast<float>(step);
    if (!counter_.empty()) std::ranges::copy(counter_of(step), counter_.begin());
    if (recorder_)
      recorder_->run(program_, step);
    else
      program_.run();
    return static_cast<double>(*loss_);
  }

 private:
  Program program_;
  float *x_, *target_, *rate_, *step_;
  std::span<float> counter_;  // empty without dropout
  const float* loss_;
  std::optional<StepRecorder> recorder_;
};

void reset_optimizer(Model& model) {
  std::set<std::string_view> parameters;
  for (const auto& parameter : model.parameters()) parameters.insert(parameter.name);
  for (const auto& buffer : model.buffers()) parameters.insert(buffer.name);
  for (const std::string& name : model.session().variables())
    if (!parameters.contains(name)) std::ranges::fill(model.session().values(name), 0.0F);
}

std::map<std::string, Tensor> variables_of(const Session& session) {
  std::map<std::string, Tensor> variables;
  for (const std::string& name : session.variables()) {
    const std::span<const float> values = session.values(name);
    variables.emplace(name, Tensor(session.shape(name), {values.begin(), values.end()}));
  }
  return variables;
}

void set_variables(Session& session, const std::map<std::string, Tensor>& variables) {
  for (const auto& [name, value] : variables)
    if (!session.has(name)) throw UsageError(fmt::format("there is no variable {} here", name));
  for (const std::string& name : session.variables()) {
    const auto found = variables.find(name);
    if (found == variables.end() || found->second.shape != session.shape(name))
      throw UsageError(
          fmt::format("{} must be given with shape {}", name, session.shape(name).to_string()));
  }
  for (const std::string& name : session.variables())
    std::ranges::copy(variables.at(name).values, session.values(name).begin());
}

std::int64_t steps_per_epoch(std::int64_t rows, const FitOptions& options) {
  return rows / options.batch_size + (rows % options.batch_size == 0 ? 0 : 1);
}

std::array<float, 2> counter_of(std::int64_t step) {
  return {static_cast<float>(step & 0xffffff), static_cast<float>(step >> 24)};
}

namespace {

// A step's number in two floats holds 48 bits, see counter_of.
constexpr std::int64_t most_steps = std::int64_t{1} << 48;

std::int64_t steps_in(std::int64_t epochs, std::int64_t per_epoch) {
  if (epochs > most_steps / per_epoch)
    throw UsageError(
        fmt::format("{} epochs of {} steps each are more than 2^48 steps, which nobody can wait "
                    "for; set fewer epochs",
                    epochs, per_epoch));
  return epochs * per_epoch;
}

}  // namespace

Batches::Batches(const data::Part& train, const FitOptions& options)
    : train_(train),
      seed_(options.seed),
      size_(std::min(options.batch_size, train.size())),
      per_epoch_(steps_per_epoch(train.size(), options)),
      count_(steps_in(options.epochs, per_epoch_)),
      rows_(train.rows.size()) {}

Batches::Batch Batches::batch(std::int64_t step) {
  Batch batch{.step = step, .epoch = (step - 1) / per_epoch_ + 1};
  if (batch.epoch != epoch_) {
    data::epoch_order(rows_, seed_, static_cast<std::uint64_t>(batch.epoch));
    for (std::int64_t& row : rows_) row = train_.rows[static_cast<std::size_t>(row)];
    epoch_ = batch.epoch;
  }
  batch.rows_before = (step - 1 - (batch.epoch - 1) * per_epoch_) * size_;
  const std::int64_t end = std::min(batch.rows_before + size_, train_.size());
  batch.rows = std::span<const std::int64_t>(rows_).subspan(
      static_cast<std::size_t>(batch.rows_before),
      static_cast<std::size_t>(end - batch.rows_before));
  batch.ends_epoch = end == train_.size();
  return batch;
}

namespace {

// The base rate; throws before anything is worked out from options that are out of range.
double valid_rate(Optimizer optimizer, const FitOptions& options, const data::Part& train,
                  const Model& model) {
  validate(optimizer);
  validate(options, train, model);
  return learning_rate(optimizer);
}

}  // namespace

Steps::Steps(Model& model, const Optimizer& optimizer, const data::Part& train,
             const FitOptions& options)
    : train_(train),
      schedule_(options.schedule),
      base_rate_(valid_rate(optimizer, options, train, model)),
      batches_(train, options) {
  const auto program = [&](std::int64_t rows) {
    return std::make_unique<StepProgram>(model, optimizer, rows, options.clip_norm,
                                         options.profile);
  };
  full_ = program(batches_.full_size());
  if (const std::int64_t rest = train.size() % batches_.full_size(); rest > 0)
    rest_ = program(rest);
}

Steps::~Steps() = default;

Steps::Batch Steps::batch(std::int64_t step) {
  return {batches_.batch(step), learning_rate_at(schedule_, base_rate_, step, batches_.count())};
}

double Steps::run(const Batch& batch) {
  const bool is_full = static_cast<std::int64_t>(batch.rows.size()) == batches_.full_size();
  return (is_full ? *full_ : *rest_).run(*train_.data, batch.rows, batch.learning_rate, batch.step);
}

}  // namespace chainrule
