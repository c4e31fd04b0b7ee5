// For tests that run once for each operation.
#pragma once

#include <string>
#include <vector>

#include "ops/op_list.h"

namespace chainrule {

inline std::vector<std::string> op_names() {
  std::vector<std::string> names;
  for (const Op* op : all_ops()) names.emplace_back(op->name);
  return names;
}

}  // namespace chainrule
