// Whether a training went wrong, from what it recorded and a pass over some rows.
#pragma once

#include <vector>

#include "chainrule/run.h"

namespace chainrule {

struct SignSource {
  const RunResult& result;  // config, target, history, sizes, scores; the signs are not read
  const data::Prepared& data;
  Model* model = nullptr;  // with the weights it ended with; null: there are none
};

// In the order in which they are worth reading: what explains others comes before them.
std::vector<Sign> signs_of(const SignSource& source);

}  // namespace chainrule
