// What a formula's notation means, said where it first stands.
#pragma once

#include "explain/page/page.h"

namespace chainrule::page {

// Of [a > b], of (c ? a : b), and of logarithms that a target of 0 leaves out.
void add_notation_notes(Page& page);

}  // namespace chainrule::page
