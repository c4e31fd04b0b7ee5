// Array files from memory, and what their headers say.
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

Array parse_idx(std::string_view bytes, const std::string& name);
Array parse_npy(std::string_view bytes, const std::string& name);

// What a header says of the values behind it.
struct ArrayForm {
  std::string type;  // as NPY calls it
  bool is_fortran_order = false;
  Shape shape{};
  std::size_t start = 0;  // the first byte of the values
};

// From the beginning of a file of `size` bytes. Throws DataError: another format, values that are
// not read, a header that does not fit the size.
ArrayForm idx_form(std::string_view beginning, std::int64_t size, const std::string& name);
ArrayForm npy_form(std::string_view beginning, std::int64_t size, const std::string& name);

bool looks_like_idx(std::string_view beginning);
bool looks_like_npy(std::string_view beginning);

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

}  // namespace chainrule::data
