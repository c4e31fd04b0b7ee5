// Which instruction set the kernels use: the best the machine has, unless a test asks for less.
#pragma once

#include <string_view>
#include <vector>

namespace chainrule::kernels {

enum class SimdLevel { baseline, avx2, avx512 };

// The levels this machine can run, lowest first; never empty.
std::vector<SimdLevel> available_simd();

// Kernels fetched from now on use at most this level. For tests and benchmarks: kernels fetched
// earlier keep theirs. Not to be called while kernels are being fetched by other threads.
void limit_simd(SimdLevel highest);

// The level in use: "baseline", "avx2" or "avx512".
SimdLevel simd_level();
std::string_view simd_name();
std::string_view simd_name(SimdLevel level);

}  // namespace chainrule::kernels
