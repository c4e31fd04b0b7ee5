// What a request asks for is refused in one line.
#pragma once

#include <string>

#include "chainrule/error.h"

namespace chainrule {

inline void require(bool holds, const std::string& message) {
  if (!holds) throw UsageError(message);
}

// What a network file's own words must be refused with.
template <class F>
auto told_with(const std::string& model_file, F f) {
  try {
    return f();
  } catch (const UsageError& error) {
    if (model_file.empty()) throw;
    throw DataError({model_file}, error.what());
  }
}

}  // namespace chainrule
