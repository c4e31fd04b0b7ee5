// Which training rows are behind a prediction, and which have labels that are probably wrong.
// Threads: as for Run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chainrule/run.h"

namespace chainrule {

// The step whose weights, or their averages where the run keeps any, became its model: that of the
// lowest validation loss where the run goes by it, else the last one.
std::int64_t kept_step(const Run& run);

// A row of a run's data, as its user knows it.
struct RunRow {
  std::string file{};       // without its folders; of a picture: in the data's folder
  std::int64_t number = 0;  // the line of a table, the example of an array; from 1
  bool is_line = false, is_picture = false;
  std::string part{};                // "training", "validation" or "test"
  std::string label{}, predicted{};  // the class, or the value in the target's own units
  double probability = 0;            // of the predicted class; NaN where numbers are predicted
};

struct BlameOptions {
  std::int64_t step = 0;  // the training up to this step; 0: see blame() and suspects()
  int points = 5;         // so many steps of it are looked at, at least 1
  int top = 10;           // so many rows are named, at least 1
  OnShare on_share{};
};

// The training rows that pushed a prediction most.
struct Blame {
  RunRow asked{};
  std::int64_t step = 0;                    // after which the predictions are
  std::vector<std::int64_t> points{};       // the steps after which gradients were taken
  std::int64_t rows = 0;                    // that were trained on
  std::int64_t towards = 0, away_from = 0;  // so many of them pushed this way, so many that
  struct Influence {
    RunRow row{};
    double influence = 0;
  };
  std::vector<Influence> strongest{};  // by magnitude
};

// TracInCP (Pruthi et al. 2020): the influence of row z on row z' is the sum, over some states of
// the training, of learning rate * <gradient of the loss of z, gradient of the loss of z'>. Above 0
// training on z lowered the loss of z', and so pushed its prediction towards its label. The states
// are those in the middle of equal parts of the run up to the step, by default kept_step(), played
// again. Gradients are those of the loss alone: without dropout, weight decay and what the
// optimizer makes of them.
//
// `number` is RunRow::number, in the file of the test rows if `is_test`. Throws UsageError: no such
// row, one without a target, with `is_test` one that is no test row, or options out of range; and
// DataError if the training diverged before that step.
Blame blame(Run& run, std::int64_t number, bool is_test = false, const BlameOptions& options = {});

// The training rows whose labels are probably wrong: those whose loss was the largest on average
// over states of the training as above, by default of all of it. The network learns what rows have
// in common first, and a label that contradicts it late or never (Arpit et al. 2017).
struct Suspects {
  std::vector<std::int64_t> points{};  // the steps after which the losses were taken
  std::int64_t rows = 0;               // that were trained on
  struct Suspect {
    RunRow row{};     // its prediction is the average over the points
    double loss = 0;  // the average
  };
  std::vector<Suspect> first{};  // the most suspicious first
};
Suspects suspects(Run& run, const BlameOptions& options = {});  // throws as blame()

// One JSON object each, with all digits.
std::string to_json(const Blame& blame);
std::string to_json(const Suspects& suspects);

}  // namespace chainrule
