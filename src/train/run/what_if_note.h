// What is said of a run that asks what if, and which of its rows count.
#pragma once

#include <string>

#include "chainrule/data.h"
#include "chainrule/train.h"

namespace chainrule {

// "runs/2 asks what if: it is the run .. without 3 of the training rows"; "" of one that does not.
Text what_if_note(const std::string& folder, const WhatIf& what);

// The training rows without those that it does without.
data::Part rows_that_count(const WhatIf& what, const data::Part& train);

}  // namespace chainrule
