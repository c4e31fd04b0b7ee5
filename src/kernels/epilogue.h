// What a kernel calls on results that are final while they are still in the cache.
#pragma once

#include <cstdint>

namespace chainrule::kernels {

// Called on the flat elements [begin, end) of the result once they are final, on every element
// exactly once, perhaps from several threads at a time.
struct Epilogue {
  void (*call)(const void* context, std::int64_t begin, std::int64_t end) = nullptr;
  const void* context = nullptr;
};

}  // namespace chainrule::kernels
