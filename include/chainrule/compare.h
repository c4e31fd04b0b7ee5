// What differs: two runs, two states of one run, and a run from what it would be if something were
// otherwise. Threads: the runs belong to the thread that asks, and are played meanwhile.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chainrule/influence.h"

namespace chainrule {

// ---- Two runs ----------------------------------------------------------------------------------

struct RunComparison {
  struct Side {
    std::string folder{}, data{}, fingerprint{};
    std::int64_t rows = 0, train = 0, validation = 0, test = 0;
    std::vector<Progress> epochs{};
    bool has_model = false;  // without one there is nothing to score
  };
  std::array<Side, 2> sides{};
  // Both read the same rows and predict the same of them, so that scores can be compared row by
  // row.
  bool is_same_data = false;

  // As config.toml has it, by table and key: "training.batch_size"; "" where it is not set. Where
  // the data lies, threads and checkpoints are no settings.
  struct Setting {
    std::string name{};
    std::array<std::string, 2> values{};
  };
  std::vector<Setting> settings{};  // that differ

  // Between `low` and `high` with 95% confidence: percentiles of bootstrap samples of the rows,
  // drawn from seed 0.
  struct Estimate {
    double value = 0, low = 0, high = 0;
  };
  // Of the final models; "accuracy" and "log_loss", or "rmse" and "mae" in the target's units.
  struct Score {
    std::string part{};  // "validation" or "test"
    std::string name{};
    std::int64_t rows = 0;  // of the first run's; where they are paired, of both
    std::array<Estimate, 2> sides{};
    std::optional<Estimate> difference{};  // second - first, by the rows that both have
  };
  std::vector<Score> scores{};

  // McNemar's test, exact: rows that one of them alone has right, and how likely a split at least
  // as uneven is where both are equally good.
  struct Disagreement {
    std::string part{};
    std::int64_t rows = 0;
    std::array<std::int64_t, 2> right_alone{};
    double p = 1;
  };
  std::vector<Disagreement> disagreements{};

  // The first step after which the states are not the same bits.
  struct Parting {
    std::int64_t step = 0;  // 0: they begin with other ones
    // What of that step is not the same.
    bool rows = false, row_weights = false, learning_rate = false;
    std::array<double, 2> losses{};  // of its batches, before the update
    struct Variable {
      std::string name{};
      // Numbers that differ, of so many; all where one run has no such variable, or another shape.
      std::int64_t different = 0, of = 0;
      double largest = 0;  // difference; NaN where nothing can be compared
    };
    std::vector<Variable> variables{};  // those that differ: parameters first
  };
  std::optional<Parting> parting{};  // empty: none as far as both are recorded
  std::int64_t same_until = -1;      // the last step whose states are the same bits; -1: none
};

// Of the runs' records the first line that differs is looked up; from the one before, both runs are
// played step by step. Throws DataError: a run's files are damaged, or the replay does not give the
// hashes that were recorded.
RunComparison compare(Run& first, Run& second, const OnShare& on_share = {});

std::string to_json(const RunComparison& comparison);  // one object, with all digits

// ---- Two steps of a run ------------------------------------------------------------------------

struct ChangesOptions {
  int top = 10;  // so many weights and rows are named, at least 1
  OnShare on_share{};
};

// What moved between the states after two steps, and which rows pushed.
struct StepChanges {
  std::int64_t from = 0, to = 0;
  struct Parameter {
    std::string name{};
    std::int64_t numbers = 0;
    bool is_trained = true;         // else a buffer, such as a running average
    double before = 0, change = 0;  // Euclidean norms
    double relative() const { return change / before; }
  };
  std::vector<Parameter> parameters{};  // in the network's order, buffers last

  struct Weight {
    std::string name{};  // "dense1.weight[3,5]"
    double before = 0, after = 0;
  };
  std::vector<Weight> largest{};  // trained ones that moved most, the farthest first

  // How far gradient descent on a row's share of its batches would have moved those weights along
  // the way that they went: learning rate * share * -<gradient of the row's loss, direction>,
  // summed over the steps whose batches hold the row, at the weights before each. Gradients are
  // those of the loss alone, as for blame().
  struct Push {
    RunRow row{};  // as it is predicted after `to`
    double push = 0;
  };
  std::vector<Push> strongest{};
  std::int64_t rows = 0, towards = 0, away_from = 0;  // in the batches, and those that pushed
  double pushed = 0;                                  // by all rows together
  double moved = 0;  // the norm of the change of `largest`; of plain gradient descent as much
};

// Throws UsageError: steps that are not from 0 to run.steps(), or not one before the other, or
// options out of range; and DataError if the training diverged before.
StepChanges step_changes(Run& run, std::int64_t from, std::int64_t to,
                         const ChangesOptions& options = {});
std::string to_json(const StepChanges& changes);

// ---- Epochs ------------------------------------------------------------------------------------

// The validation rows before and after an epoch, with the weights (or their averages) that the run
// judged its epochs by; where it is calibrated, each time by the number that suits the rows best.
struct EpochChanges {
  std::int64_t epoch = 0;
  std::int64_t rows = 0, worse = 0, better = 0;  // whose loss rose, fell
  std::array<double, 2> losses{};                // the rows' mean, in double precision
  std::array<double, 2> recorded{};              // by the run; NaN before the first epoch
  struct Row {
    std::array<RunRow, 2> rows{};  // with the predictions before and after
    std::array<double, 2> losses{};
  };
  std::vector<Row> worst{};  // whose loss rose, by how much

  double error() const;  // relative, of the means against what is recorded
  bool agrees() const;   // whether that is rounding
};

// Throws UsageError: no validation rows, no such epoch, or `top` below 1.
EpochChanges epoch_changes(Run& run, std::int64_t epoch, int top = 10);
std::string to_json(const EpochChanges& changes);

// ---- What if -----------------------------------------------------------------------------------

// Trains the run again with something otherwise, into a folder of its own, empty: the next free
// runs/N. Its config.toml says under [what_if] what it is, so that resuming, replaying and
// repeating it do the same. Up to the first step that the change concerns its states have the
// run's own bits. Throws as train_run; UsageError: nothing is asked, or the run asks what if
// itself; DataError: its data has changed.
RunResult what_if(const Run& run, const WhatIf& what, const std::string& out = "",
                  const RunOptions& options = {}, const RunObserver& observer = {});

// The training rows that a file names for WhatIf::without_rows: one a line, by RunRow::number, or
// a picture by its name; empty lines and those that begin with # are passed over. Throws DataError,
// at the line: no such row, or none that is trained on.
std::vector<std::int64_t> training_rows_in(const Run& run, const std::string& path);

}  // namespace chainrule
