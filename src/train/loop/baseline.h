// What to compare a network's scores with.
#pragma once

#include "chainrule/run.h"

namespace chainrule {

// The scores on these rows of a linear model (for classes, logistic regression) that was fitted to
// the training rows; rows = 0 where there are none, and for quantiles.
Scores linear_scores(const RunConfig& config, const data::Prepared& data, const data::Part& part);

}  // namespace chainrule
