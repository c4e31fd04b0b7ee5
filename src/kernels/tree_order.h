// The one order in which sums that belong to numbers 0, 1, ... are added up: of n of them, the sum
// of the first largest power of 2 below n, plus the sum of the rest.
#pragma once

#include <bit>
#include <cstdint>

namespace chainrule::kernels {

// With the sums on a stack, the last one on top: how often, once sum i of `count` is there, the top
// one is added to the one below it. In the end there is one.
constexpr int joins_behind(std::int64_t i, std::int64_t count) {
  const auto before = static_cast<std::uint64_t>(i);
  return i + 1 < count ? std::countr_one(before) : std::popcount(before);
}

// The most that lie on the stack.
constexpr int most_pending(std::int64_t count) {
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count)));
}

}  // namespace chainrule::kernels
