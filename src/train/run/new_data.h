// Data that a saved model is to work on.
#pragma once

#include <string>
#include <string_view>

#include "chainrule/run.h"

namespace chainrule {

// In place of a column's name, among keys: the row's line.
inline constexpr std::string_view line_key = "line";

// Opened with the model's categories read as text, and the key's column too. A column that is not
// there is left to the encoder, which knows what it is needed for. Throws DataError.
data::Source open_for(const data::Encoder& encoder, const std::string& path, bool with_targets,
                      const std::string& key = "");

}  // namespace chainrule
