// Texts that carry a hash of themselves as their last line, so that damage is seen.
#pragma once

#include <string>
#include <string_view>

namespace chainrule {

// What stands before and after the hash's 16 digits, in the manner of a format.
struct Seal {
  std::string_view before, after;
};
inline constexpr Seal toml_seal{"# hash ", "\n"}, html_seal{"<!-- hash ", " -->\n"},
    json_seal{",\n  \"hash\": \"", "\"\n}\n"};  // in place of an object's last brace

std::string sealed(std::string text, const Seal& seal);

// Whether the text ends with its seal, and is the text that was sealed.
bool is_whole(std::string_view text, const Seal& seal);

// A JSON object's text without its closing brace, so that a seal can follow.
std::string_view opened_json(std::string_view object);

}  // namespace chainrule
