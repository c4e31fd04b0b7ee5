// Random tensors whose every element can be drawn alone, for dropout.
#pragma once

#include <cstdint>

namespace chainrule::kernels {

// Names one random tensor: the run's seed, which of its random operations, and which step.
struct RandomKey {
  std::uint64_t seed = 0, stream = 0, step = 0;
};

// out[i - begin] = u(key, i) for begin <= i < end, where u is uniform over the multiples of 2^-24
// in [0, 1) and a pure function of the key and i: the range it is drawn in does not matter.
void fill_uniform(const RandomKey& key, std::int64_t begin, std::int64_t end, float* out);

}  // namespace chainrule::kernels
