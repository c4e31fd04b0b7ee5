// Rows that stay together.
#pragma once

#include <cstdint>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

using RowGroups = std::vector<std::vector<std::int64_t>>;

// Rows with one value of the column, in the order of the first; one without a value is alone.
RowGroups rows_together(const Column& column, const std::vector<std::int64_t>& rows);

}  // namespace chainrule::data
