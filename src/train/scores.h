// Scores, with what only those who read them as results want to know.
#pragma once

#include <optional>

#include "chainrule/train.h"

namespace chainrule {

struct Judgement {
  Scores scores;
  std::optional<std::int64_t> not_finite{};  // the first row whose prediction is NaN or infinite
};

// As evaluate(). Memory: 8 bytes per number predicted in a regression, else none per row.
Judgement judge(Model& model, const data::Part& part, const data::TargetEncoding& target);

}  // namespace chainrule
