#pragma once

#include "chainrule/data.h"

namespace chainrule::data {

// What all rows of a table say.
inline Encoder encoder_of(const Table& table, const TargetOptions& options = {}) {
  const Source source{table};
  const Target target = decide_target(source, options);
  return Encoder::fit(source, target, target.rows);
}

}  // namespace chainrule::data
