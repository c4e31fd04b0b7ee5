// A number of a story beside two that come from elsewhere.
#pragma once

#include <optional>

#include "explain/page/page.h"
#include "explain/step/run_step.h"

namespace chainrule::page {

// Appends what the story tells of the element, what the engine has in single precision and, where
// it is the loss's derivative with respect to `variable`, a finite difference; and whether they
// agree.
void add_proof(RunStep& step, Element element, double told, std::optional<Element> variable,
               Section& section, Verdict& verdict);

// Appends what the engine has for a parameter's new value, or for a number that its optimizer
// keeps.
void add_engines_update(RunStep& step, Element element, double told, Section& section,
                        Verdict& verdict);

}  // namespace chainrule::page
