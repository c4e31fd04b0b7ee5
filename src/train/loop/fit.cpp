#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/elementary.h"
#include "base/standard_arithmetic.h"
#include "chainrule/error.h"
#include "train/loop/scores.h"
#include "train/loop/steps.h"
#include "train/profile/step_recorder.h"

namespace chainrule {

namespace {

// From 1 at 0 to 0 at 1.
double half_cosine(double along) { return 0.5 * (1 + elementary::cos_of_turns(along / 2)); }

double between(double low, double high, double share) { return low + (high - low) * share; }

// How many times the rate has been down again, `along` the steps behind the warm-up; from 0 to 4.
double coslog4_cycles(double along) { return elementary::log(1 + 15 * along) / elementary::log(2); }

// The rate as a fraction of the base rate, `along` the steps behind the warm-up, from 0 to 1.
double fraction_at(const Schedule& schedule, double along) {
  using enum Schedule::Shape;
  constexpr double flat_until = 0.75, top_at = 1.0 / 3, first = 1.0 / 25;
  const double floor = schedule.floor, lowest = floor > 0 ? floor : 0.01;
  switch (schedule.shape) {
    case constant:
      return 1;
    case cosine:
      return between(floor, 1, half_cosine(along));
    case flat_cosine:
      return between(floor, 1, half_cosine(std::max(0.0, (along - flat_until) / (1 - flat_until))));
    case exponential:
      return elementary::power(lowest, along);
    case step:
      return along < 0.5 ? 1 : along < 0.75 ? std::sqrt(lowest) : lowest;
    case one_cycle:
      return along < top_at ? between(1, first, half_cosine(along / top_at))
                            : between(floor, 1, half_cosine((along - top_at) / (1 - top_at)));
    case coslog4:
      return between(floor, 1, 0.5 * (1 - elementary::cos_of_turns(coslog4_cycles(along))));
  }
  return 1;
}

}  // namespace

bool is_constant(const Schedule& schedule) {
  return schedule.shape == Schedule::Shape::constant && schedule.warmup == 0;
}

double learning_rate_at(const Schedule& schedule, double base, std::int64_t step,
                        std::int64_t total_steps) {
  const double done = static_cast<double>(step) / static_cast<double>(total_steps);
  if (done < schedule.warmup) return base * done / schedule.warmup;
  return base * fraction_at(schedule, (done - schedule.warmup) / (1 - schedule.warmup));
}

int cycles_at(const Schedule& schedule, double done) {
  if (schedule.shape != Schedule::Shape::coslog4 || done <= schedule.warmup) return 0;
  return static_cast<int>(coslog4_cycles((done - schedule.warmup) / (1 - schedule.warmup)));
}

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A fit that goes on ends as it would have ended, whatever is refused to new ones.
void require_validation(const FitOptions& options, const data::Part& validation) {
  if (!validation.rows.empty() || options.start != nullptr) return;
  const auto refuse = [](const char* name, auto value) {
    if (value > 0)
      throw UsageError(
          fmt::format("fit: {0} = {1}, but there are no validation rows whose loss could stop it; "
                      "give some, or set {0} = 0",
                      name, value));
  };
  refuse("patience", options.patience);
  refuse("cycle_gain", options.cycle_gain);
}

class Fit {
 public:
  Fit(Model& model, const Optimizer& optimizer, const data::Part& train,
      const data::Part& validation, const data::TargetEncoding& target, const FitOptions& options,
      CallersFunctions& outside)
      : model_(model),
        validation_(validation),
        target_(target),
        options_(options),
        outside_(outside),
        steps_(model, optimizer, train, options) {
    if (options.start != nullptr) {
      set_variables(model.session(), options.start->variables);
      state_ = options.start->state;
    } else {
      reset_optimizer(model);  // whatever an earlier fit left in it
    }
    if (!calibration_of(model).empty()) set_calibration(model, 1);
    first_weights_ = model.weights();
    state_.is_over = false;
    state_.history.stopped = StopReason::finished;
    seconds_before_ = state_.history.seconds;
    progress_.epoch = static_cast<std::int64_t>(state_.history.epochs.size());
    progress_.epochs = options.epochs;
    progress_.steps = steps_.count();
  }

  History run() {
    if (state_.step > 0 && state_.step % steps_.per_epoch() == 0) stop_early();
    tell();
    while (!state_.is_over) step();
    History& history = state_.history;
    history.steps = state_.step;
    history.seconds = seconds();
    choose_weights(history);
    if (options_.ranks != nullptr && options_.profile != nullptr)
      options_.profile->ranks = steps_.rank_times(*options_.ranks);
    return std::move(history);
  }

 private:
  // The weights that stay: the best, else the averages, or those of the last step, if that was not
  // one too many.
  void choose_weights(History& history) {
    if (!state_.best_weights.empty()) {
      model_.set_weights(state_.best_weights);
    } else if (history.stopped == StopReason::diverged) {
      model_.set_weights(first_weights_);
      history.best_epoch = 0;
    } else {
      if (history.best_epoch == 0) history.best_epoch = progress_.epoch;
      AveragedWeights(model_, options_).stay();
      if (!calibration_of(model_).empty() && !validation_.rows.empty())
        set_calibration(model_, calibrated(model_, validation_).number);
    }
  }

  double seconds() const { return seconds_before_ + seconds_since(start_); }

  void step() {
    const Steps::Batch batch = steps_.batch(state_.step + 1);
    if (batch.epoch != progress_.epoch) start_epoch(batch);
    const auto [loss, stops] = steps_.run(batch, wants_stop_);
    state_.step = progress_.step = batch.step;
    progress_.learning_rate = batch.learning_rate;
    add_loss(loss, batch);
    if (!std::isfinite(loss))
      stop(StopReason::diverged);
    else if (batch.ends_epoch)
      finish_epoch();
    else if (options_.report_steps > 0 && batch.step % options_.report_steps == 0)
      report();
    if (stops) stop(StopReason::caller);
    tell();
  }

  void start_epoch(const Steps::Batch& batch) {
    progress_.epoch = batch.epoch;
    progress_.epoch_done = progress_.is_best = false;
    progress_.validation.reset();
    epoch_start_ = Clock::now();
    rows_before_ = batch.rows_before;
  }

  void add_loss(double loss, const Steps::Batch& batch) {
    const auto rows = static_cast<std::int64_t>(batch.rows.size()), done = batch.rows_before + rows;
    state_.loss_sum += loss * static_cast<double>(batch.counted);
    const std::int64_t counted = batch.counted_before + batch.counted;
    progress_.train_loss = counted > 0 ? state_.loss_sum / static_cast<double>(counted) : 0;
    progress_.samples_per_second =
        static_cast<double>(done - rows_before_) / seconds_since(epoch_start_);
  }

  void finish_epoch() {
    state_.loss_sum = 0;
    progress_.epoch_done = true;
    if (!validation_.rows.empty()) {
      const AveragedWeights averaged(model_, options_);
      const Metric metric = options_.metric;
      const Judgement judged =
          judge(model_, validation_, target_,
                {.in_full = metric == Metric::log_loss || metric == Metric::auc,
                 .calibrates = !calibration_of(model_).empty(),
                 .ranks = options_.ranks});
      progress_.validation = judged.scores;
      if (is_better(judged.scores, state_.best, metric)) keep_best(judged.calibrated);
    }
    state_.history.epochs.push_back(progress_);
    state_.history.epochs.back().seconds = seconds();
    report();
    stop_early();
  }

  void stop_early() {
    if (validation_.rows.empty()) return;
    const auto done = static_cast<std::int64_t>(state_.history.epochs.size());
    if (options_.patience > 0 && done - state_.history.best_epoch >= options_.patience)
      stop(StopReason::patience);
    if (options_.cycle_gain > 0 && last_cycle_is_in_vain()) stop(StopReason::cycle);
  }

  // Is the schedule's last cycle next, and has the one before it taught little that holds for other
  // rows? An epoch belongs to the cycle in which its middle lies.
  bool last_cycle_is_in_vain() const {
    const std::vector<Progress>& epochs = state_.history.epochs;
    const auto cycle_of = [&](std::size_t epoch) {
      return cycles_at(options_.schedule,
                       (static_cast<double>(epoch) + 0.5) / static_cast<double>(options_.epochs));
    };
    const int last = cycles_at(options_.schedule, 1) - 1, cycle = cycle_of(epochs.size() - 1);
    if (cycle >= last || cycle_of(epochs.size()) != last) return false;
    struct Lowest {
      double train = std::numeric_limits<double>::infinity(), validation = train;
    };
    Lowest before, within;
    for (std::size_t at = 0; at < epochs.size(); ++at) {
      Lowest& lowest = cycle_of(at) < cycle ? before : within;
      lowest.train = std::min(lowest.train, epochs[at].train_loss);
      if (epochs[at].validation)
        lowest.validation = std::min(lowest.validation, epochs[at].validation->loss);
    }
    const auto gains = [&](double from, double to) {
      return from - to >= options_.cycle_gain * std::abs(from);
    };
    return gains(before.train, within.train) && !gains(before.validation, within.validation);
  }

  void keep_best(const std::optional<Calibrated>& calibrated) {
    state_.best = progress_.validation;
    progress_.is_best = true;
    state_.history.best_epoch = progress_.epoch;
    if (!options_.keep_best) return;
    state_.best_weights = model_.weights();
    if (calibrated)
      state_.best_weights.at(std::string(calibration_of(model_))).values = {
          static_cast<float>(calibrated->number)};
  }

  void report() {
    progress_.seconds = seconds();
    if (!options_.on_progress || outside_.call(options_.on_progress, progress_)) return;
    // Ranks stop behind the same step, which is the next one: until then nobody else knows.
    if (options_.ranks != nullptr)
      wants_stop_ = true;
    else
      stop(StopReason::caller);
  }

  void stop(StopReason reason) {
    if (state_.is_over) return;
    state_.is_over = true;
    state_.history.stopped = reason;
  }

  void tell() {
    if (state_.step == steps_.count()) state_.is_over = true;
    if (options_.on_step) outside_.call(options_.on_step, state_);
  }

  Model& model_;
  const data::Part& validation_;
  const data::TargetEncoding& target_;
  const FitOptions& options_;
  CallersFunctions& outside_;
  Steps steps_;
  FitState state_;
  std::map<std::string, Tensor>
      first_weights_;  // those that the fit, or this part of it, began with
  Progress progress_;
  bool wants_stop_ = false;
  Clock::time_point start_ = Clock::now(), epoch_start_ = start_;
  double seconds_before_ = 0;     // of an earlier part of the fit
  std::int64_t rows_before_ = 0;  // of this epoch, in that earlier part
};

}  // namespace

History fit(Model& model, const Optimizer& optimizer, const data::Part& train,
            const data::Part& validation, const data::TargetEncoding& target,
            const FitOptions& options) {
  const StandardArithmetic arithmetic;
  CallersFunctions outside;
  try {
    require_validation(options, validation);
    if (options.profile != nullptr) begin_profile(*options.profile, model.session().threads());
    History history = Fit(model, optimizer, train, validation, target, options, outside).run();
    if (options.profile != nullptr) finish_profile(*options.profile, model.parameter_count());
    return history;
  } catch (...) {
    outside.throw_ours_or_theirs();
  }
}

}  // namespace chainrule
