#include "train/network/toml_text.h"

#include <fmt/format.h>

#include "data/words.h"

namespace chainrule {
namespace {

std::string utf8_of(std::string_view text) {
  std::string valid;
  while (true) {
    const std::size_t length = data::valid_text_length(text);
    valid += text.substr(0, length);
    if (length == text.size()) return valid;
    valid += "\uFFFD";
    text.remove_prefix(length + 1);
  }
}

}  // namespace

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : utf8_of(text)) {
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      out += fmt::format("\\u{:04X}", c);
    else
      out += c;
  }
  return out + "\"";
}

std::string toml_number(double number) {
  const std::string text = fmt::format("{}", number);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string toml_shape(const Shape& row) {
  return row.rank() == 1 ? fmt::format("{}", row[0]) : row.to_string();
}

}  // namespace chainrule
