#include "base/hash.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL  // of the header alone: whoever links Chainrule needs no library more
#include <xxhash.h>

namespace chainrule {

std::uint64_t hash(std::string_view text, std::uint64_t before) {
  return XXH3_64bits_withSeed(text.data(), text.size(), before);
}

std::uint64_t hash(std::span<const float> numbers, std::uint64_t before) {
  return XXH3_64bits_withSeed(numbers.data(), numbers.size_bytes(), before);
}

std::string hash_text(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace chainrule
