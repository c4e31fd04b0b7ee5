// How much memory this process has held at most.
#pragma once

#include <cstdint>

#include <sys/resource.h>

namespace chainrule {

inline std::int64_t peak_megabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

}  // namespace chainrule
