// Counter-based random numbers: Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011). A number is a pure function of (key, counter), so any
// draw of any step can be made again without the draws before it.
#pragma once

#include <array>
#include <cstdint>

namespace chainrule {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

inline PhiloxCounter philox(PhiloxCounter counter, PhiloxKey key) {
  constexpr std::uint64_t multiplier_0 = 0xD2511F53, multiplier_1 = 0xCD9E8D57;
  constexpr std::uint32_t weyl_0 = 0x9E3779B9, weyl_1 = 0xBB67AE85;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = multiplier_0 * counter[0], p1 = multiplier_1 * counter[2];
    counter = {
        static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
        static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += weyl_0;
    key[1] += weyl_1;
  }
  return counter;
}

// A stream of draws for one purpose: (seed, stream) name it, the position counts up from 0.
// Own uniform() and below() rather than <random>: the standard library's
// distributions differ from one implementation to the next, these do not.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t stream)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        stream_{static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)} {}

  std::uint32_t bits();                      // 32 random bits
  double uniform();                          // [0, 1), 53 random bits
  double normal();                           // mean 0, variance 1 (Box-Muller)
  std::uint64_t below(std::uint64_t bound);  // 0 .. bound-1, without bias; bound > 0

 private:
  PhiloxKey key_;
  std::array<std::uint32_t, 2> stream_;
  std::uint64_t block_ = 0;
  PhiloxCounter buffer_{};
  int used_ = 4;
};

}  // namespace chainrule
