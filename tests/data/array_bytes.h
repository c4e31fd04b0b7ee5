// Array files, byte by byte.
#pragma once

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "chainrule/data.h"

namespace chainrule::data {

// The bytes of a value, in this machine's order (little-endian) or reversed.
template <class T>
std::string bytes_of(std::initializer_list<T> values, bool big_endian = false) {
  std::string all;
  for (const T value : values) {
    std::string raw(sizeof(T), '\0');
    std::memcpy(raw.data(), &value, sizeof(T));
    if (big_endian) std::reverse(raw.begin(), raw.end());
    all += raw;
  }
  return all;
}

inline std::string idx(char type, std::initializer_list<std::uint32_t> extents,
                       const std::string& values) {
  std::string file{0, 0, type, static_cast<char>(extents.size())};
  return file + bytes_of(extents, true) + values;
}

inline std::string npy(const std::string& dictionary, const std::string& values, char version = 1) {
  std::string file = "\x93NUMPY";
  file += {version, 0};
  const auto length = static_cast<std::uint32_t>(dictionary.size() + 1);
  file += version == 1 ? bytes_of({static_cast<std::uint16_t>(length)}) : bytes_of({length});
  return file + dictionary + "\n" + values;
}

inline std::string npy_of(const std::string& type, const std::string& shape,
                          const std::string& values, bool fortran = false) {
  return npy(fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}", type,
                         fortran ? "True" : "False", shape),
             values);
}

inline std::vector<double> values_of(const Array& array) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < array.shape.size(); ++i) all.push_back(array.at(i));
  return all;
}

}  // namespace chainrule::data
