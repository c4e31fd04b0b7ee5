// The scaling of arrays, in passes over their rows from the first to the last, wherever they are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

// A shift and a scale for each feature, from these rows. Throws DataError: NaN or infinity among
// them, or numbers too large to scale.
void learn_each(const Array& x, std::span<const std::int64_t> rows, Scaling scaling,
                ArrayEncoding& learnt);

// [rows, width], all rows scaled; of an array that stays in its file nothing, but each number was
// looked at. Throws DataError: one of them is no number or too large.
std::vector<float> scaled_features(const Array& x, const ArrayEncoding& how);

}  // namespace chainrule::data
