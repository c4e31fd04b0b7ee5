// Paths in TOML, which is UTF-8.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace chainrule {

// The path of the data may hold bytes that are no UTF-8. So that it can be found again: its bytes,
// as hexadecimal digits.
inline std::string hex_of(std::string_view bytes) {
  std::string digits;
  for (const char c : bytes) digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return digits;
}
inline std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (; hex.size() >= 2; hex.remove_prefix(2)) {
    int byte = 0;
    std::from_chars(hex.data(), hex.data() + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

}  // namespace chainrule
