// The place of a number in a tensor, as it is written behind a name.
#pragma once

#include <cstdint>
#include <string>

#include "chainrule/tensor.h"

namespace chainrule {

// "[3,5]" of a place in a tensor's values; "" of a scalar.
inline std::string index_text(const Shape& shape, std::int64_t index) {
  std::string text;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    const std::int64_t extent = shape[axis];
    text.insert(0, std::to_string(index % extent) + (text.empty() ? "" : ","));
    index /= extent;
  }
  return text.empty() ? "" : "[" + text + "]";
}

}  // namespace chainrule
