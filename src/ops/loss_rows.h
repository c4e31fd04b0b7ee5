// What each loss makes of every row by itself, [batch, 1]: the loss is the mean of these. For rows
// that do not all count the same. Outputs, or logits, and targets are [batch, outputs].
#pragma once

#include <vector>

#include "chainrule/graph.h"

namespace chainrule {

Value half_squared_error_rows(Value output, Value target);
Value mean_squared_error_rows(Value output, Value target);
Value mean_absolute_error_rows(Value output, Value target);
Value huber_rows(Value output, Value target, double delta);
Value pinball_rows(Value output, Value target, const std::vector<double>& levels);
Value cross_entropy_rows(Value logits, Value target);
Value binary_cross_entropy_rows(Value logits, Value target);

}  // namespace chainrule
