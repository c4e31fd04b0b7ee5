#include "base/hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#define XXH_INLINE_ALL  // of the header alone: whoever links Chainrule needs no library more
#include <xxhash.h>

namespace chainrule {

std::uint64_t hash(std::string_view text, std::uint64_t before) {
  return XXH3_64bits_withSeed(text.data(), text.size(), before);
}

std::uint64_t hash(std::span<const float> numbers, std::uint64_t before) {
  // Which NaN comes out of a calculation is the processor's choice.
  int nans = 0;
  for (const float number : numbers) nans |= static_cast<int>(std::isnan(number));
  if (nans == 0) return XXH3_64bits_withSeed(numbers.data(), numbers.size_bytes(), before);
  std::vector<float> canonical(numbers.begin(), numbers.end());
  std::ranges::replace_if(
      canonical, [](float number) { return std::isnan(number); },
      std::numeric_limits<float>::quiet_NaN());
  return XXH3_64bits_withSeed(canonical.data(), numbers.size_bytes(), before);
}

std::string hash_text(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace chainrule
