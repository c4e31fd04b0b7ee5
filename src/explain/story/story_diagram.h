// The part of a network that a story names, as a drawing.
#pragma once

#include <optional>

#include "explain/page/page.h"
#include "explain/step/run_step.h"

namespace chainrule::page {

// Of the page's lines: what they are about is lit, what their formulas name stands beside it. Empty
// where that is less than two columns of neurons in a row.
std::optional<Diagram> story_diagram(RunStep& step, const Page& page);

}  // namespace chainrule::page
