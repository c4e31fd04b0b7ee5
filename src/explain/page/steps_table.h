// What several training steps did, as tables.
#pragma once

#include <vector>

#include "explain/page/page.h"

namespace chainrule::page {

// A row for each of `rows`, the numbers after 0, 1, 2, ... steps; all rows have the same numbers.
// So few columns at a time that a terminal holds them.
Page steps_page(const std::vector<std::vector<Quantity>>& rows);

}  // namespace chainrule::page
