// [optimizer] of a TOML file, wherever there is one.
#pragma once

#include <cstdint>

#include "chainrule/nn.h"
#include "train/network/toml_reader.h"

namespace chainrule {

// The table's optimizer, checked; throws DataError at the place.
Optimizer read_optimizer(const TomlReader& toml, const toml::table& table);

// The key's value, which must be there: `hint` is what to write. `where` is "[loss]", say.
const toml::node& required(const TomlReader& toml, const toml::table& table, std::string_view key,
                           std::string_view where, std::string_view hint);

// Runs what may refuse a value with a UsageError, and says where the value stands.
template <class F>
auto placed(const TomlReader& toml, const toml::node& at, F f) {
  try {
    return f();
  } catch (const UsageError& error) {
    toml.fail(at, error.what());
  }
}

// So many steps can a file ask to be worked.
inline constexpr std::int64_t most_steps = 10'000;

}  // namespace chainrule
