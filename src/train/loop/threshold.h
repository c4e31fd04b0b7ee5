// From which probability on a row is taken for the second of two classes.
#pragma once

#include <cstdint>
#include <span>

#include "chainrule/train.h"

namespace chainrule {

// The threshold with the best accuracy or, of any other metric, macro F1 on rows whose probability
// of the second class and whose class, 0 or 1, are known; of equal ones the one nearest to 1/2.
double best_threshold(std::span<const float> probabilities, std::span<const std::int32_t> classes,
                      Metric metric);
double best_threshold(Model& model, const data::Part& rows, Metric metric);

}  // namespace chainrule
