// What a fit does otherwise than one that went before.
#pragma once

#include <string>
#include <vector>

#include "chainrule/train.h"

namespace chainrule {

// A number of a variable that is put there.
struct Change {
  std::string variable{};
  std::int64_t index = 0;  // in row-major order
  float value = 0;
};

// Throws UsageError: text that is no such change, no such variable, or indices that do not fit it.
std::vector<Change> changes_in(const WhatIf& what_if, const Session& session);

// Throws UsageError: rows that are not trained on, all of them, or layers that look at other rows.
void validate(const WhatIf& what_if, const nn::Sequential& network, const data::Part& train);

// Throws UsageError if a change is at none of so many steps.
void require_step(const WhatIf& what_if, std::int64_t steps);

}  // namespace chainrule
