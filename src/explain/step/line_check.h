// A line of a story against the engine's value.
#pragma once

#include "explain/page/page.h"
#include "explain/step/run_step.h"

namespace chainrule::page {

// Works the element's formula out and notes how far it is from the element's value in double
// precision, relative to the formula's largest term, and how far it may be.
void compare(RunStep& step, Element element, const Expression& formula, Verdict& verdict);

}  // namespace chainrule::page
