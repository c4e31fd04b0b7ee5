#include "train/network/optimizer_reader.h"

#include "train/network/optimizer_fields.h"

namespace chainrule {

Optimizer read_optimizer(const TomlReader& toml, const toml::table& table) {
  const toml::node& type = toml.required(table, "type", "[optimizer]", "type = \"sgd\"");
  const std::string name = toml.word(type, "type");
  Optimizer optimizer = toml.placed(type, [&] { return optimizer_named(name); });
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
      toml.placed(*node, [&] { validate(optimizer); });
    }
  });
  toml.placed(table, [&] { validate(optimizer); });
  return optimizer;
}

}  // namespace chainrule
