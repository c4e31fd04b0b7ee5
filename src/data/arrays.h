// Array files from memory, and what their readers share.
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "chainrule/data.h"

namespace chainrule::data {

Array parse_idx(std::string_view bytes, const std::string& name);
Array parse_npy(std::string_view bytes, const std::string& name);

// The product of the extents, or nothing if it passes `most`: a header may claim any size, so this
// comes before any memory is asked for. Nothing also where one extent is 0 and the others are more
// than a Shape takes.
inline std::optional<std::int64_t> bounded_product(std::span<const std::int64_t> extents,
                                                   std::int64_t most) {
  const bool is_empty = std::ranges::find(extents, 0) != extents.end();
  if (is_empty) most = std::numeric_limits<std::int64_t>::max();
  std::int64_t count = 1;
  for (const std::int64_t extent : extents) {
    if (extent == 0) continue;
    if (extent < 0 || count > most / extent) return std::nullopt;
    count *= extent;
  }
  return is_empty ? 0 : count;
}

// Values of type T at `bytes`, each stored in big or little-endian order, converted to To.
template <class T, class To, bool big_endian>
std::vector<To> unpack_values(std::string_view bytes) {
  std::vector<To> values(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    char raw[sizeof(T)];
    for (std::size_t k = 0; k < sizeof(T); ++k)
      raw[k] = bytes[i * sizeof(T) + (big_endian ? sizeof(T) - 1 - k : k)];
    T value;
    std::memcpy(&value, raw, sizeof(T));
    values[i] = static_cast<To>(value);
  }
  return values;
}

}  // namespace chainrule::data
