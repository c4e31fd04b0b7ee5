#include "train/loop/steps.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "train/loop/sharded_gradient.h"
#include "train/loop/shared_variables.h"
#include "train/loop/step_inputs.h"
#include "train/loop/training_step.h"
#include "train/loop/what_if.h"
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
  for (const Schedule* schedule :
       {&options.schedule, &options.dropout_schedule, &options.weight_decay_schedule}) {
    require(schedule->warmup >= 0 && schedule->warmup < 1,
            "fit: the warm-up is a fraction of the steps, at least 0 and below 1");
    require(schedule->floor >= 0 && schedule->floor <= 1,
            "fit: the schedule's floor is a fraction of the rate, from 0 to 1");
  }
  require(options.weight_average >= 0 && options.weight_average < 1,
          fmt::format("fit: weight_average = {}; it must be at least 0 and below 1",
                      options.weight_average));
  require_shards(model.network(), options.shards, options.batch_size);
  require(options.shards == 1 || options.profile == nullptr || options.ranks != nullptr,
          fmt::format("fit: shards = {}; a profile is of steps in one shard, or of several ranks: "
                      "set shards = 1, or leave the profile out",
                      options.shards));
  validate(options.what_if, model.network(), train);
  train.data->require_movable(options.augmentation);
}

Graph step_graph(const Model& model, const Optimizer& optimizer, std::int64_t batch,
                 const StepOptions& options) {
  Graph graph;
  trace_training(graph, {.network = model.network(),
                         .loss = model.loss(),
                         .optimizer = optimizer,
                         .batch = batch,
                         .row = model.row(),
                         .outputs = model.outputs(),
                         .seed = model.options().seed,
                         .options = options});
  return graph;
}

}  // namespace

class Steps::StepProgram {
 public:
  virtual ~StepProgram() = default;
  virtual Outcome run(const data::Dataset& data, const Batch& batch, bool wants_stop) = 0;
  virtual std::vector<RankTime> times(Communicator&) const { return {}; }
};

class Steps::WholeStep : public Steps::StepProgram {
 public:
  WholeStep(Model& model, const Optimizer& optimizer, std::int64_t batch, const FitOptions& options,
            const StepOptions& step)
      : program_(step_graph(model, optimizer, batch, step), model.session()),
        inputs_(program_),
        x_(program_.input("x").data()),
        target_(program_.input("target").data()),
        loss_(program_.output("loss").data()) {
    if (options.profile != nullptr) recorder_.emplace(*options.profile, program_);
  }

  Outcome run(const data::Dataset& data, const Batch& batch, bool wants_stop) override {
    if (recorder_) recorder_->begin();
    data.gather(batch.rows, x_, target_, batch.moves);
    inputs_.set(data, batch);
    if (recorder_)
      recorder_->run(program_, batch.step);
    else
      program_.run();
    return {static_cast<double>(*loss_), wants_stop};
  }

 private:
  Program program_;
  StepInputs inputs_;
  float *x_, *target_;
  const float* loss_;
  std::optional<StepRecorder> recorder_;
};

class Steps::StepInShards : public Steps::StepProgram {
 public:
  StepInShards(Model& model, const Optimizer& optimizer, std::span<const std::int64_t> batches,
               const FitOptions& options, const StepOptions& step, SharedVariables* shared)
      : shared_(shared),
        gradient_(model, options.shards, batches, step,
                  {.ranks = options.ranks,
                   .times = options.profile == nullptr ? nullptr : &times_,
                   .variables = shared == nullptr ? GivenMemory{} : shared->memory()}),
        update_(update_graph(model, optimizer, step), model.session(), update_options(model)),
        inputs_(update_) {}

  Outcome run(const data::Dataset& data, const Batch& batch, bool wants_stop) override {
    if (shared_ != nullptr) shared_->begin_step();
    const ShardedGradient::Sums sums = gradient_.run(data, batch, wants_stop);
    inputs_.set(data, batch);
    update_.run();
    if (shared_ != nullptr) end_shared_step();
    return {sums.loss, sums.stops};
  }

  std::vector<RankTime> times(Communicator& ranks) const override { return times_.gathered(ranks); }

 private:
  // The update reads the sums where they are.
  CompileOptions update_options(const Model& model) const {
    CompileOptions options;
    std::size_t i = 0;
    for (const auto& parameter : model.parameters())
      options.memory[sum_input(parameter.name)] = gradient_.variables()[i++];
    for (const std::string& buffer : moved_buffers(model))
      options.memory[sum_input(buffer)] = gradient_.variables()[i++];
    if (shared_ == nullptr) return options;
    options.variables = shared_->memory();
    options.share = shared_->share().index;
    options.shares = shared_->share().of;
    return options;
  }

  void end_shared_step() {
    using WaitClock = std::chrono::steady_clock;
    const WaitClock::time_point updated = WaitClock::now();
    shared_->end_step();
    gradient_.add_waiting(std::chrono::duration<double>(WaitClock::now() - updated).count());
  }

  SharedVariables* shared_;  // null where each rank has its own
  RankTimes times_;
  ShardedGradient gradient_;
  Program update_;
  StepInputs inputs_;
};

namespace {

std::string average_of(const Model::ParameterInfo& parameter) {
  return parameter.name + std::string(average_suffix);
}

}  // namespace

void reset_optimizer(Model& model) {
  Session& session = model.session();
  std::set<std::string_view> parameters;
  for (const auto& parameter : model.parameters()) parameters.insert(parameter.name);
  for (const auto& buffer : model.buffers()) parameters.insert(buffer.name);
  for (const std::string& name : session.variables())
    if (!parameters.contains(name)) std::ranges::fill(session.values(name), 0.0F);
  for (const auto& parameter : model.parameters())
    if (const std::string average = average_of(parameter); session.has(average))
      std::ranges::copy(session.values(parameter.name), session.values(average).begin());
}

AveragedWeights::AveragedWeights(Model& model, const FitOptions& options) {
  if (options.weight_average == 0) return;  // those of an earlier fit may still be there
  Session& session = model.session();
  for (const auto& parameter : model.parameters()) {
    const std::span<float> weight = session.values(parameter.name);
    kept_.push_back({weight, {weight.begin(), weight.end()}});
    std::ranges::copy(session.values(average_of(parameter)), weight.begin());
  }
}

AveragedWeights::~AveragedWeights() {
  for (const Kept& kept : kept_) std::ranges::copy(kept.last, kept.weight.begin());
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
      augmentation_(options.augmentation),
      size_(std::min(options.batch_size, train.size())),
      per_epoch_(steps_per_epoch(train.size(), options)),
      count_(steps_in(options.epochs, per_epoch_)),
      without_(options.what_if.without_rows),
      rows_(train.rows.size()) {}

float Batches::Batch::weight(const data::Dataset& data, std::int64_t row,
                             std::int64_t member) const {
  if (without.empty()) return data.row_weight(row, member);
  if (std::ranges::binary_search(without, row)) return 0;
  return data.row_weight(row, member) *
         static_cast<float>(static_cast<double>(rows.size()) / static_cast<double>(counted));
}

bool Batches::Batch::weighs_rows(const data::Dataset& data) const {
  return data.weighs_rows() || counted < static_cast<std::int64_t>(rows.size());
}

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
  batch.without = without_;
  const auto counted = [&](std::span<const std::int64_t> rows) {
    if (without_.empty()) return static_cast<std::int64_t>(rows.size());
    return static_cast<std::int64_t>(std::ranges::count_if(
        rows, [&](std::int64_t row) { return !std::ranges::binary_search(without_, row); }));
  };
  batch.counted = counted(batch.rows);
  batch.counted_before =
      counted(std::span(rows_).first(static_cast<std::size_t>(batch.rows_before)));
  batch.moves = {.how = augmentation_, .seed = seed_, .step = step};
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
      dropout_schedule_(options.dropout_schedule),
      weight_decay_schedule_(options.weight_decay_schedule),
      what_if_(options.what_if),
      base_rate_(valid_rate(optimizer, options, train, model)),
      batches_(train, options),
      shared_(shared_variables(model, optimizer, options)),
      session_(model.session()) {
  require_step(what_if_, batches_.count());
  std::vector<std::int64_t> sizes{batches_.full_size()};
  if (const std::int64_t rest = train.size() % sizes[0]; rest > 0) sizes.push_back(rest);
  const auto compiled = [&](bool weighs_rows) -> Programs {
    const StepOptions step = step_options(options, weighs_rows ? train.data->weights_per_row() : 0);
    if (options.shards > 1 || (options.ranks != nullptr && options.ranks->size() > 1)) {
      const auto sharded =
          std::make_shared<StepInShards>(model, optimizer, sizes, options, step, shared_.get());
      return {sharded, sharded};
    }
    const auto whole = [&](std::int64_t size) {
      return std::make_shared<WholeStep>(model, optimizer, size, options, step);
    };
    return {whole(sizes.front()), sizes.size() > 1 ? whole(sizes.back()) : nullptr};
  };
  if (!train.data->weighs_rows()) plain_ = compiled(false);
  if (train.data->weighs_rows() || !what_if_.without_rows.empty()) weighted_ = compiled(true);
  changes_in(what_if_, session_);  // throws for what is not there
}

Steps::~Steps() = default;

std::unique_ptr<SharedVariables> Steps::shared_variables(Model& model, const Optimizer& optimizer,
                                                         const FitOptions& options) const {
  if (options.ranks == nullptr) return nullptr;
  return SharedVariables::of(*options.ranks, model.session(),
                             update_graph(model, optimizer, step_options(options)));
}

Steps::Batch Steps::batch(std::int64_t step) {
  const auto at = [&](const Schedule& schedule, double base) {
    return learning_rate_at(schedule, base, step, batches_.count());
  };
  return {batches_.batch(step), at(schedule_, base_rate_), at(dropout_schedule_, 1),
          at(weight_decay_schedule_, 1)};
}

std::vector<RankTime> Steps::rank_times(Communicator& ranks) const {
  return (plain_.full ? plain_ : weighted_).full->times(ranks);
}

Steps::Outcome Steps::run(const Batch& batch, bool wants_stop) {
  if (batch.step == what_if_.at) {
    for (const auto& [name, index, value] : changes_in(what_if_, session_))
      session_.values(name)[static_cast<std::size_t>(index)] = value;
    if (shared_ != nullptr) shared_->were_changed();
  }
  const bool is_full = static_cast<std::int64_t>(batch.rows.size()) == batches_.full_size();
  const Programs& programs = batch.weighs_rows(*train_.data) ? weighted_ : plain_;
  return (is_full ? *programs.full : *programs.rest).run(*train_.data, batch, wants_stop);
}

}  // namespace chainrule
