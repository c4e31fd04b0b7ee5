// When buffers are written and read, in steps: the index of a group in the order of execution.
#pragma once

#include <vector>

#include "compile/draft.h"

namespace chainrule {

struct Lifetime {
  std::int64_t first = 0, last = -1;  // first write, last read or write; last < first: never used
};

// By buffer. Buffers that hold outputs, and values that are copied at the end, live to the end.
std::vector<Lifetime> find_lifetimes(const Draft& draft);

}  // namespace chainrule
