// What a kernel call does, for listings and profiles.
#pragma once

#include "chainrule/program.h"
#include "compile/draft.h"

namespace chainrule {

// By group.
std::vector<KernelCall> describe(const Draft& draft);

// The same of one call that does the work of all groups. It has no name and no origin.
KernelCall describe_all(const Draft& draft);

}  // namespace chainrule
