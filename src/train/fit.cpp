#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/train.h"
#include "train/step_recorder.h"

namespace chainrule {

double learning_rate_at(const Schedule& schedule, double base, std::int64_t step,
                        std::int64_t total_steps) {
  const double done = static_cast<double>(step) / static_cast<double>(total_steps);
  if (done < schedule.warmup) return base * done / schedule.warmup;
  if (schedule.shape == Schedule::Shape::constant) return base;
  const double along = (done - schedule.warmup) / (1 - schedule.warmup);
  const double share = 0.5 * (1 + std::cos(std::numbers::pi * along));
  return base * (schedule.floor + (1 - schedule.floor) * share);
}

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

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
  require(options.epochs >= 1, fmt::format("fit: epochs = {}; at least 1", options.epochs));
  require(options.batch_size >= 1,
          fmt::format("fit: batch_size = {}; at least 1", options.batch_size));
  require(options.schedule.warmup >= 0 && options.schedule.warmup < 1,
          "fit: the warm-up is a fraction of the steps, at least 0 and below 1");
  require(options.schedule.floor >= 0 && options.schedule.floor <= 1,
          "fit: the schedule's floor is a fraction of the rate, from 0 to 1");
}

// One compiled training step, with the places that change from step to step.
class StepProgram {
 public:
  StepProgram(Model& model, const Optimizer& optimizer, std::int64_t batch, double clip_norm,
              Profile* profile)
      : program_(training_graph(model.network(), model.loss(), optimizer, batch, model.inputs(),
                                model.outputs(), model.options(), clip_norm)
                     .graph,
                 model.session()),
        x_(program_.input("x").data()),
        target_(program_.input("target").data()),
        rate_(program_.input("learning_rate").data()),
        step_(program_.input("step").data()),
        loss_(program_.output("loss").data()) {
    if (program_.has_input("counter")) counter_ = program_.input("counter").data();
    if (profile != nullptr) recorder_.emplace(*profile, program_);
  }

  // Returns the loss before the update.
  double run(const data::Dataset& data, std::span<const std::int64_t> rows, double rate,
             std::int64_t step) {
    if (recorder_) recorder_->begin();
    data.gather(rows, x_, target_);
    *rate_ = static_cast<float>(rate);
    *step_ = static_cast<float>(step);
    if (counter_ != nullptr) {
      counter_[0] = static_cast<float>(step & 0xffffff);
      counter_[1] = static_cast<float>(step >> 24);
    }
    if (recorder_)
      recorder_->run(program_, step);
    else
      program_.run();
    return static_cast<double>(*loss_);
  }

 private:
  Program program_;
  float *x_, *target_, *rate_, *step_, *counter_ = nullptr;
  const float* loss_;
  std::optional<StepRecorder> recorder_;
};

class Fit {
 public:
  Fit(Model& model, Optimizer optimizer, const data::Part& train, const data::Part& validation,
      const data::TargetEncoding& target, const FitOptions& options)
      : model_(model),
        train_(train),
        validation_(validation),
        target_(target),
        options_(options),
        base_rate_(learning_rate(optimizer)),
        batch_(std::min(options.batch_size, train.size())),
        full_(model, optimizer, batch_, options.clip_norm, options.profile),
        order_(train.rows.size()),
        rows_(train.rows.size()) {
    // The rows that are left over after the last full batch are a smaller batch of their own.
    if (const std::int64_t rest = train.size() % batch_; rest > 0)
      rest_.emplace(model, optimizer, rest, options.clip_norm, options.profile);
    steps_per_epoch_ = (train.size() + batch_ - 1) / batch_;
    start_from_zero();
  }

  History run() {
    progress_.epochs = options_.epochs;
    progress_.steps = options_.epochs * steps_per_epoch_;
    for (std::int64_t epoch = 1; epoch <= options_.epochs && !is_over_; ++epoch) run_epoch(epoch);
    if (!best_.empty()) model_.set_weights(best_);
    history_.steps = progress_.step;
    history_.seconds = seconds_since(start_);
    if (history_.best_epoch == 0) history_.best_epoch = progress_.epoch;
    return std::move(history_);
  }

 private:
  // The optimizer's own variables start anew, whatever an earlier fit left in them.
  void start_from_zero() {
    for (const std::string& name : model_.session().variables()) {
      const auto is_parameter = [&](const auto& parameter) { return parameter.name == name; };
      if (std::ranges::none_of(model_.parameters(), is_parameter))
        std::ranges::fill(model_.session().values(name), 0.0F);
    }
  }

  void run_epoch(std::int64_t epoch) {
    data::epoch_order(order_, options_.seed, static_cast<std::uint64_t>(epoch));
    for (std::size_t i = 0; i < rows_.size(); ++i)
      rows_[i] = train_.rows[static_cast<std::size_t>(order_[i])];
    progress_.epoch = epoch;
    progress_.epoch_done = progress_.is_best = false;
    progress_.validation.reset();
    const Clock::time_point epoch_start = Clock::now();
    double loss_sum = 0;
    for (std::int64_t begin = 0; begin < train_.size() && !is_over_; begin += batch_) {
      const std::int64_t end = std::min(begin + batch_, train_.size());
      const double loss = run_step(begin, end);
      loss_sum += loss * static_cast<double>(end - begin);
      progress_.train_loss = loss_sum / static_cast<double>(end);
      progress_.samples_per_second = static_cast<double>(end) / seconds_since(epoch_start);
      if (!std::isfinite(loss))
        stop(StopReason::diverged);
      else if (options_.report_steps > 0 && progress_.step % options_.report_steps == 0)
        report();
    }
    if (!is_over_) finish_epoch();
  }

  double run_step(std::int64_t begin, std::int64_t end) {
    ++progress_.step;
    progress_.learning_rate =
        learning_rate_at(options_.schedule, base_rate_, progress_.step, progress_.steps);
    StepProgram& program = end - begin == batch_ ? full_ : *rest_;
    const auto rows = std::span<const std::int64_t>(rows_).subspan(
        static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    return program.run(*train_.data, rows, progress_.learning_rate, progress_.step);
  }

  void finish_epoch() {
    progress_.epoch_done = true;
    if (!validation_.rows.empty()) {
      progress_.validation = evaluate(model_, validation_, target_);
      if (progress_.validation->loss < best_loss_) keep_best();
    }
    history_.epochs.push_back(progress_);
    history_.epochs.back().seconds = seconds_since(start_);
    report();
    const bool has_patience = options_.patience > 0 && !validation_.rows.empty();
    if (has_patience && progress_.epoch - history_.best_epoch >= options_.patience)
      stop(StopReason::patience);
  }

  void keep_best() {
    best_loss_ = progress_.validation->loss;
    progress_.is_best = true;
    history_.best_epoch = progress_.epoch;
    if (options_.keep_best) best_ = model_.weights();
  }

  void report() {
    progress_.seconds = seconds_since(start_);
    if (options_.on_progress && !options_.on_progress(progress_)) stop(StopReason::caller);
  }

  void stop(StopReason reason) {
    if (is_over_) return;
    is_over_ = true;
    history_.stopped = reason;
  }

  Model& model_;
  const data::Part& train_;
  const data::Part& validation_;
  const data::TargetEncoding& target_;
  const FitOptions& options_;
  double base_rate_;
  std::int64_t batch_, steps_per_epoch_ = 0;
  StepProgram full_;
  std::optional<StepProgram> rest_;
  std::vector<std::int64_t> order_, rows_;
  Clock::time_point start_ = Clock::now();
  Progress progress_;
  History history_;
  bool is_over_ = false;
  double best_loss_ = std::numeric_limits<double>::infinity();
  std::map<std::string, Tensor> best_;
};

}  // namespace

History fit(Model& model, const Optimizer& optimizer, const data::Part& train,
            const data::Part& validation, const data::TargetEncoding& target,
            const FitOptions& options) {
  validate(optimizer);
  validate(options, train, model);
  if (options.profile != nullptr) begin_profile(*options.profile, model.session().threads());
  History history = Fit(model, optimizer, train, validation, target, options).run();
  if (options.profile != nullptr) finish_profile(*options.profile, model.parameter_count());
  return history;
}

}  // namespace chainrule
