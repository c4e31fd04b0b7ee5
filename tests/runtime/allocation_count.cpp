#include "runtime/allocation_count.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>

static std::atomic<std::int64_t> count{0};
static std::atomic<std::int64_t> first_failing{0}, last_failing{0};  // by count; 0: none fails

// The thread sanitizer's library has operators of its own, and they cannot be replaced.
#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if !__has_feature(thread_sanitizer)

static void* allocate(std::size_t bytes, std::size_t alignment) {
  const std::int64_t number = ++count;
  if (number >= first_failing && number <= last_failing) throw std::bad_alloc();
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, bytes == 0 ? 1 : bytes) != 0) throw std::bad_alloc();
  return memory;
}

void* operator new(std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
// std::stable_sort asks for its buffer this way.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return allocate(bytes, alignof(std::max_align_t));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

#endif

namespace chainrule {

std::int64_t allocation_count() { return count; }

FailingAllocations::FailingAllocations(std::int64_t n, bool and_after) {
  first_failing = count + n;
  last_failing = and_after ? std::numeric_limits<std::int64_t>::max() : first_failing.load();
}
FailingAllocations::~FailingAllocations() { last_failing = 0; }

}  // namespace chainrule
