// The part of an array that is one's own, where several work on it side by side.
#pragma once

#include <algorithm>
#include <cstdint>

namespace chainrule {

// Of so many numbers, the own of `of` equal parts, in whole cache lines.
struct Share {
  int index = 0, of = 1;

  std::int64_t begin(std::int64_t numbers) const { return bound(index, numbers); }
  std::int64_t end(std::int64_t numbers) const { return bound(index + 1, numbers); }

 private:
  std::int64_t bound(std::int64_t i, std::int64_t numbers) const {
    constexpr std::int64_t line = 16;  // floats
    const std::int64_t lines = (numbers + line - 1) / line;
    return std::min((lines + of - 1) / of * line * i, numbers);
  }
};

}  // namespace chainrule
