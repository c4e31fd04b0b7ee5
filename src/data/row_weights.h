// How many times rows count in training.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

// [rows of the source], from a column of numbers: those of the training rows have mean 1, so that
// the learning rate means what it means without; all others are 1. Throws as PrepareOptions says.
std::vector<float> row_weights(const Rows& source, const std::string& column, const Target& target,
                               std::span<const std::int64_t> training_rows);

}  // namespace chainrule::data
