// What a request asks for is refused in one line.
#pragma once

#include <string>

#include "chainrule/error.h"

namespace chainrule {

inline void require(bool holds, const std::string& message) {
  if (!holds) throw UsageError(message);
}

}  // namespace chainrule
