// The story of the first number of a run that is not finite.
#pragma once

#include "explain/page/page.h"
#include "explain/step/first_failure.h"

namespace chainrule::page {

// Of a step that first_failing_step found.
Page build_trace(Run& run, std::int64_t step);

// Of a run that has none.
Page build_clean_trace(const Run& run);

}  // namespace chainrule::page
