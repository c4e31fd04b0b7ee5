// What to compare a network's scores with.
#pragma once

#include "chainrule/run.h"

namespace chainrule {

// The scores of a linear model (for classes, logistic regression) that was fitted to the same rows,
// on the test rows, or where there are none on those for validation; rows = 0 where there are
// neither.
Scores linear_scores(const RunConfig& config, const data::Prepared& data);

}  // namespace chainrule
