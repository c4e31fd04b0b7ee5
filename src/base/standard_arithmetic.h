// The processor's settings for floating-point numbers, on which every bit depends.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace chainrule {

// While one lives, this thread's arithmetic is IEEE 754's default, whatever the host program or one
// of its libraries (those built with -ffast-math do so when they are loaded) has set: rounding to
// nearest, subnormal numbers neither read nor written as 0, no traps. It costs a nanosecond.
class StandardArithmetic {
 public:
  StandardArithmetic() : before_(settings()) {
    if (before_ != standard) [[unlikely]]
      set(standard);
  }
  ~StandardArithmetic() {
    if (before_ != standard) [[unlikely]]
      set(before_);
  }
  StandardArithmetic(const StandardArithmetic&) = delete;
  StandardArithmetic& operator=(const StandardArithmetic&) = delete;

 private:
#if defined(__x86_64__)
  static constexpr std::uint32_t standard = 0x1f80;                  // all exceptions masked
  static std::uint32_t settings() { return _mm_getcsr() & ~0x3fU; }  // without what has happened
  static void set(std::uint32_t to) { _mm_setcsr((_mm_getcsr() & 0x3fU) | to); }
#elif defined(__aarch64__)
  static constexpr std::uint64_t standard = 0;
  static std::uint64_t settings() {
    std::uint64_t fpcr = 0;
    asm volatile("mrs %0, fpcr" : "=r"(fpcr));
    return fpcr;
  }
  static void set(std::uint64_t to) { asm volatile("msr fpcr, %0" : : "r"(to)); }
#else
  static constexpr std::uint32_t standard = 0;
  static std::uint32_t settings() { return standard; }
  static void set(std::uint32_t) {}
#endif
  decltype(settings()) before_;
};

}  // namespace chainrule
