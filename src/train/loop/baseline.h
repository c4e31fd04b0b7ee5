// What to compare a network's scores with.
#pragma once

#include "chainrule/run.h"

namespace chainrule {

// The scores on some rows of a linear model (for classes, logistic regression) that was fitted to
// others, with the run's seed and threads; rows = 0 where there are none, and for quantiles.
Scores linear_scores(const RunConfig& config, const data::Encoder& encoder, const data::Part& train,
                     const data::Part& part);

}  // namespace chainrule
