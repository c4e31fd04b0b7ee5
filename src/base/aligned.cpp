#include "base/aligned.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace chainrule {

void ask_for_huge_pages([[maybe_unused]] void* memory,
                        [[maybe_unused]] std::size_t bytes) noexcept {
#if defined(__linux__)
  // Only whole ones, so that no more memory is taken. A system that has none goes on with its own.
  static_cast<void>(::madvise(memory, bytes / huge_page_bytes * huge_page_bytes, MADV_HUGEPAGE));
#endif
}

}  // namespace chainrule
