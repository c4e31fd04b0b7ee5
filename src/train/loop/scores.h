// Scores, with what only those who read them as results want to know.
#pragma once

#include <optional>

#include "chainrule/train.h"
#include "train/loop/calibration.h"

namespace chainrule {

struct Judgement {
  Scores scores;
  std::optional<Calibrated> calibrated{};    // if it was asked for
  std::optional<std::int64_t> not_finite{};  // the first row whose prediction is NaN or infinite
};

struct JudgeOptions {
  bool in_full = true;  // else what takes longer stays undefined
  // Of a calibrated network: loss and log loss are those with what suits these rows best.
  bool calibrates = false;
  // Each predicts some of the rows, where that is worth a message; all of them call it, and have
  // the same scores.
  Communicator* ranks = nullptr;
};

// Intervals are told below so many rows: above, they are narrow.
inline constexpr std::int64_t few_rows = 1000;

// As evaluate(). Memory: 8 bytes per number predicted in a regression; for classes, in full, 4
// bytes for each up to 64 MiB.
Judgement judge(Model& model, const data::Part& part, const data::TargetEncoding& target,
                const JudgeOptions& options = {});

}  // namespace chainrule
