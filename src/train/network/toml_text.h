// Values as TOML writes them.
#pragma once

#include <string>
#include <string_view>

#include "chainrule/tensor.h"

namespace chainrule {

// A string in quotes. TOML is UTF-8: each byte that is not becomes U+FFFD.
std::string toml_string(std::string_view text);

// A floating-point number, the shortest text that reads back as it. It must look like one: 1 is
// written 1.0.
std::string toml_number(double number);

// The shape of a row: 784, or [1, 28, 28].
std::string toml_shape(const Shape& row);

}  // namespace chainrule
