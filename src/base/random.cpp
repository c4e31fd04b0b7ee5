#include "base/random.h"

#include <cmath>

#include "base/elementary.h"

namespace chainrule {

std::uint32_t RandomStream::bits() {
  if (used_ == 4) {
    buffer_ = philox({static_cast<std::uint32_t>(block_), static_cast<std::uint32_t>(block_ >> 32),
                      stream_[0], stream_[1]},
                     key_);
    ++block_;
    used_ = 0;
  }
  return buffer_[static_cast<std::size_t>(used_++)];
}

double RandomStream::uniform() {
  const std::uint64_t high = bits() >> 5, low = bits() >> 6;  // 27 + 26 bits
  return static_cast<double>((high << 26) | low) * 0x1p-53;
}

double RandomStream::normal() {
  const double radius = std::sqrt(-2.0 * elementary::log(1.0 - uniform()));
  return radius * elementary::cos_of_turns(uniform());
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
  const std::uint64_t reject_under = (0 - bound) % bound;  // 2^64 mod bound
  while (true) {
    const std::uint64_t draw = (static_cast<std::uint64_t>(bits()) << 32) | bits();
    if (draw >= reject_under) return draw % bound;
  }
}

}  // namespace chainrule
