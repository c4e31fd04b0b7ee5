// The processor's settings for floating-point numbers, on which every bit depends.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace chainrule {

// While one lives, this thread's arithmetic is IEEE 754's default, whatever the host program or one
// of its libraries (those built with -ffast-math do so when they are loaded) has set: rounding to
// nearest, subnormal numbers neither read nor written as 0, no traps.
class StandardArithmetic {
 public:
  StandardArithmetic() : before_(settings()) {
    if (before_ != standard) [[unlikely]]
      set(standard);
  }
  // For what takes a tenth of a microsecond: the settings are read only where a sum shows that they
  // are others, so that traps stay as they are.
  struct IfItShows {};
  explicit StandardArithmetic(IfItShows) {
    if (!adds_as_standard()) [[unlikely]] {
      before_ = settings();
      set(standard);
    }
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

  // 1 plus a quarter and plus three quarters of its last digit, which every other way of rounding
  // takes elsewhere, and twice the least number.
  static bool adds_as_standard() {
    __m128 x = _mm_setr_ps(1, 1, 0x1p-149F, 0);
    asm volatile("" : "+x"(x));  // to be added now, not by the compiler
    const __m128 sum = _mm_add_ps(x, _mm_setr_ps(0x1p-25F, 0x1.8p-24F, 0x1p-149F, 0));
    const __m128 expected = _mm_setr_ps(1, 1 + 0x1p-23F, 0x1p-148F, 0);
    return _mm_movemask_epi8(_mm_cmpeq_epi32(_mm_castps_si128(sum), _mm_castps_si128(expected))) ==
           0xffff;
  }
  std::uint32_t before_ = standard;
#elif defined(__aarch64__)
  static constexpr std::uint64_t standard = 0;
  static std::uint64_t settings() {
    std::uint64_t fpcr = 0;
    asm volatile("mrs %0, fpcr" : "=r"(fpcr));
    return fpcr;
  }
  static void set(std::uint64_t to) { asm volatile("msr fpcr, %0" : : "r"(to)); }
  static bool adds_as_standard() { return settings() == standard; }
  std::uint64_t before_ = standard;
#else
  static constexpr int standard = 0;
  static int settings() { return standard; }
  static void set(int) {}
  static bool adds_as_standard() { return true; }
  int before_ = standard;
#endif
};

}  // namespace chainrule
