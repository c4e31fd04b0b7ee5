// Partial dependence.
#pragma once

#include "chainrule/importance.h"

namespace chainrule {

// Of the first so many of importance.columns, over some of these rows.
void add_curves(Importance& importance, Model& model, const data::Encoder& encoder,
                const data::Part& part, int count);

}  // namespace chainrule
