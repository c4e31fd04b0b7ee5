// The numbers of array files, of any type and order of bytes. Types have the names of NPY: "<f4",
// ">i2", "|u1".
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

// As Array has them: uint8, float or double.
using Numbers = decltype(Array::values);

// 0 for a type that is not read.
std::int64_t bytes_per_number(std::string_view type);

// Puts the numbers that these bytes are in the place of what is there. `first` is the place of the
// first one among all of the file. Throws DataError: a whole number that double does not hold.
void unpack_numbers(std::string_view type, std::string_view bytes, const std::string& file,
                    std::int64_t first, Numbers& to);

// Values of type T at `bytes`, each stored in big or little-endian order, converted to To.
template <class T, class To, bool big_endian>
void unpack_values(std::string_view bytes, std::vector<To>& values) {
  values.resize(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    char raw[sizeof(T)];
    for (std::size_t k = 0; k < sizeof(T); ++k)
      raw[k] = bytes[i * sizeof(T) + (big_endian ? sizeof(T) - 1 - k : k)];
    T value;
    std::memcpy(&value, raw, sizeof(T));
    values[i] = static_cast<To>(value);
  }
}
template <class T, class To, bool big_endian>
std::vector<To> unpack_values(std::string_view bytes) {
  std::vector<To> values;
  unpack_values<T, To, big_endian>(bytes, values);
  return values;
}

}  // namespace chainrule::data
