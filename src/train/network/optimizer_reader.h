// [optimizer] of a TOML file, wherever there is one.
#pragma once

#include <cstdint>

#include "chainrule/nn.h"
#include "train/network/toml_reader.h"

namespace chainrule {

// The table's optimizer, checked; throws DataError at the place.
Optimizer read_optimizer(const TomlReader& toml, const toml::table& table);

// So many steps can a file ask to be worked.
inline constexpr std::int64_t most_steps = 10'000;

}  // namespace chainrule
