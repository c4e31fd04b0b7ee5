// The steps of a fit in their order: which rows each trains on, at what rate, and doing it. All of
// it is a function of the step and of the session's variables alone, so that a fit can go on, or be
// played again, from any step. Training, resuming and replaying run this code and no other.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "chainrule/train.h"

namespace chainrule {

// The optimizer's own variables become 0, as before the first step, and averages of weights the
// weights.
void reset_optimizer(Model& model);

// While it lives, the model has the averages of its weights in their place, where the fit keeps
// any.
class AveragedWeights {
 public:
  AveragedWeights(Model& model, const FitOptions& options);
  ~AveragedWeights();  // unless they are to stay, they go
  void stay() { kept_.clear(); }
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  struct Kept {
    std::span<float> weight{};
    std::vector<float> last{};
  };
  std::vector<Kept> kept_;
};

// All variables of a session, by name. set_variables throws UsageError if one is missing, has
// another shape or is not the session's, and then changes nothing.
std::map<std::string, Tensor> variables_of(const Session& session);
void set_variables(Session& session, const std::map<std::string, Tensor>& variables);

std::int64_t steps_per_epoch(std::int64_t rows, const FitOptions& options);

// What a step's dropout draws by: the low 24 bits of its number, and the rest.
std::array<float, 2> counter_of(std::int64_t step);

// The rows that each step trains on.
class Batches {
 public:
  // The part must outlive it; it has rows, and the options are in their range. Throws UsageError if
  // all epochs together are more than 2^48 steps.
  Batches(const data::Part& train, const FitOptions& options);

  std::int64_t full_size() const { return size_; }  // an epoch's last batch may be smaller
  std::int64_t per_epoch() const { return per_epoch_; }
  std::int64_t count() const { return count_; }  // of all epochs

  struct Batch {
    std::int64_t step = 0, epoch = 0;      // from 1
    std::span<const std::int64_t> rows{};  // of the data; they stay until the next epoch's are made
    std::int64_t rows_before = 0;          // of the epoch, in the steps before
    bool ends_epoch = false;
    data::Dataset::Moves moves{};  // how its rows are moved
    // Rows of the data, ascending, that do not count in the mean; so many of its rows do, and so
    // many of the epoch in the steps before.
    std::span<const std::int64_t> without{};
    std::int64_t counted = 0, counted_before = 0;

    // How many times a row of it counts in the mean, or in that of a member.
    float weight(const data::Dataset& data, std::int64_t row, std::int64_t member = 0) const;
    // Whether they do not all count the same; a step of rows that do has the same bits as ever.
    bool weighs_rows(const data::Dataset& data) const;
  };
  Batch batch(std::int64_t step);

 private:
  const data::Part& train_;
  std::uint64_t seed_;
  data::Augmentation augmentation_;
  std::int64_t size_, per_epoch_, count_;
  std::vector<std::int64_t> without_;
  std::int64_t epoch_ = 0;  // whose order of rows this is
  std::vector<std::int64_t> rows_;
};

class SharedVariables;

class Steps {
 public:
  // What it is given must outlive it. Throws UsageError: options out of range, no rows, or data of
  // another width than the model.
  Steps(Model& model, const Optimizer& optimizer, const data::Part& train,
        const FitOptions& options);
  ~Steps();

  std::int64_t per_epoch() const { return batches_.per_epoch(); }
  std::int64_t count() const { return batches_.count(); }  // of all epochs

  // What a step trains on; steps count from 1.
  struct Batch : Batches::Batch {
    double learning_rate = 0;
    double dropout_factor = 1, decay_factor = 1;  // of its schedules
  };
  Batch batch(std::int64_t step);

  // Trains on it. Where there are ranks, all of them call it with the same batch.
  struct Outcome {
    double loss = 0;     // the rows' mean, before the update
    bool stops = false;  // this one, or any other rank, wanted to after the step
  };
  Outcome run(const Batch& batch, bool wants_stop = false);

  // Of all steps so far, where there is a profile. All ranks call it; rank 0 learns them.
  std::vector<RankTime> rank_times(Communicator& ranks) const;

 private:
  std::unique_ptr<SharedVariables> shared_variables(Model& model, const Optimizer& optimizer,
                                                    const FitOptions& options) const;

  // A compiled step: in one program, or one for a batch's shards and one for the update.
  class StepProgram;
  class WholeStep;
  class StepInShards;

  const data::Part& train_;
  Schedule schedule_, dropout_schedule_, weight_decay_schedule_;
  WhatIf what_if_;
  double base_rate_;
  Batches batches_;
  // The rows that are left over after the last full batch are a smaller batch of their own.
  struct Programs {
    std::shared_ptr<StepProgram> full, rest;
  };
  std::unique_ptr<SharedVariables> shared_;  // where there are ranks that share memory
  Programs plain_, weighted_;
  Session& session_;
};

}  // namespace chainrule
