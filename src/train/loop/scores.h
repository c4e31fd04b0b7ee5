// Scores, with what only those who read them as results want to know.
#pragma once

#include <optional>

#include "chainrule/train.h"
#include "train/loop/calibration.h"

namespace chainrule {

struct Judgement {
  Scores scores;
  std::optional<Calibrated> calibrated{};    // brief, of a model that has a temperature, which is 1
  std::optional<std::int64_t> not_finite{};  // the first row whose prediction is NaN or infinite
};

// What a fit wants to know after every epoch, or all there is to know at its end.
enum class Detail { brief, full };

// Intervals are told below so many rows: above, they are narrow.
inline constexpr std::int64_t few_rows = 1000;

// As evaluate(); a brief one leaves what takes longer undefined. Memory: 8 bytes per number
// predicted in a regression; for classes, in full, 4 bytes for each up to 64 MiB.
Judgement judge(Model& model, const data::Part& part, const data::TargetEncoding& target,
                Detail detail = Detail::full);

}  // namespace chainrule
