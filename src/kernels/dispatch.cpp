#include "kernels/dispatch.h"

#include <hwy/highway.h>

#include <atomic>
#include <cstdint>

namespace chainrule::kernels {
namespace {

// Highway's bit for every level; HWY_SCALAR is always there.
constexpr std::int64_t bit_of(SimdLevel level) {
  switch (level) {
    case SimdLevel::avx512:
      return HWY_AVX3;
    case SimdLevel::avx2:
      return HWY_AVX2;
    default:
      return HWY_SCALAR;
  }
}

constexpr SimdLevel levels[] = {SimdLevel::baseline, SimdLevel::avx2, SimdLevel::avx512};

SimdLevel best_of(std::int64_t supported) {
  SimdLevel best = SimdLevel::baseline;
  for (const SimdLevel level : levels) {
    if (supported & bit_of(level)) best = level;
  }
  return best;
}

// The level in use. Kept here, because Highway forgets its own choice whenever it is asked for the
// targets it supports.
std::atomic<SimdLevel>& current() {
  static std::atomic<SimdLevel> level = best_of(hwy::SupportedTargets());
  return level;
}

SimdLevel best_of_machine() {
  static const SimdLevel best = current();
  return best;
}

}  // namespace

std::vector<SimdLevel> available_simd() {
  std::vector<SimdLevel> available;
  for (const SimdLevel level : levels) {
    if (level <= best_of_machine()) available.push_back(level);
  }
  return available;
}

void limit_simd(SimdLevel highest) {
  best_of_machine();  // before anything is taken away
  std::int64_t above = 0;
  for (const SimdLevel level : levels) {
    if (level > highest) above |= bit_of(level);
  }
  hwy::DisableTargets(above);
  const std::int64_t supported = hwy::SupportedTargets();
  current() = best_of(supported);
  hwy::GetChosenTarget().Update(supported);
}

SimdLevel simd_level() { return current(); }

std::string_view simd_name() { return simd_name(simd_level()); }

std::string_view simd_name(SimdLevel level) {
  switch (level) {
    case SimdLevel::avx512:
      return "avx512";
    case SimdLevel::avx2:
      return "avx2";
    default:
      return "baseline";
  }
}

}  // namespace chainrule::kernels
