// What the fuzz targets share: damage may only ever end in the library's own errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "chainrule/error.h"

namespace chainrule {

template <class Action>
int only_refuses(const std::uint8_t* bytes, std::size_t size, Action action) {
  try {
    action(std::string_view(reinterpret_cast<const char*>(bytes), size));
  } catch (const DataError&) {
  } catch (const UsageError&) {
  }
  return 0;
}

// A claim of the target's own; a false one stops the fuzzer.
inline void claim(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace chainrule
