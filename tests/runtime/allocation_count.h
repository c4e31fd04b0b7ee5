// Counts every allocation of the test program, on any thread, and makes some of them fail.
#pragma once

#include <cstdint>

namespace chainrule {

std::int64_t allocation_count();

// While it lives, the n-th allocation from now on fails (n = 1: the next one); with `and_after` all
// later ones too.
class FailingAllocations {
 public:
  explicit FailingAllocations(std::int64_t n, bool and_after = false);
  ~FailingAllocations();
  FailingAllocations(const FailingAllocations&) = delete;
  FailingAllocations& operator=(const FailingAllocations&) = delete;
};

}  // namespace chainrule
