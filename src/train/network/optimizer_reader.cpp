#include "train/network/optimizer_reader.h"

#include "train/network/optimizer_fields.h"

namespace chainrule {

const toml::node& required(const TomlReader& toml, const toml::table& table, std::string_view key,
                           std::string_view where, std::string_view hint) {
  if (const auto* node = table.get(key)) return *node;
  toml.fail(table, fmt::format("{} has no {}; add {}", where, key, hint));
}

Optimizer read_optimizer(const TomlReader& toml, const toml::table& table) {
  const toml::node& type = required(toml, table, "type", "[optimizer]", "type = \"sgd\"");
  const std::string name = toml.word(type, "type");
  Optimizer optimizer = placed(toml, type, [&] { return optimizer_named(name); });
  std::vector<std::string> known{"type"};
  for_each_field(optimizer, [&](std::string_view field, auto&) { known.emplace_back(field); });
  toml.require_known(table, fmt::format("[optimizer] of type \"{}\"", name), known);
  for_each_field(optimizer, [&](std::string_view field, auto& value) {
    const auto* node = table.get(field);
    if (node == nullptr) return;
    if constexpr (std::is_same_v<decltype(value), bool&>) {
      value = toml.truth(*node, field);
    } else {
      value = toml.number(*node, field);
      placed(toml, *node, [&] { validate(optimizer); });
    }
  });
  placed(toml, table, [&] { validate(optimizer); });
  return optimizer;
}

}  // namespace chainrule
