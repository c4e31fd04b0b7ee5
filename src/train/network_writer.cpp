// Networks written as TOML. By hand rather than by the library, so that the file reads as a person
// would write it: tables in order, one row of weights per line.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "train/network_file.h"
#include "train/optimizer_fields.h"
#include "train/toml_text.h"

namespace chainrule {
namespace {

std::string list(const double* numbers, std::int64_t count) {
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + toml_number(numbers[i]);
  return "[" + text + "]";
}

std::string written(const nn::Dense& dense) {
  std::string text = fmt::format("type = \"dense\"\nunits = {}\nactivation = \"{}\"\n", dense.units,
                                 dense.activation.name);
  if (dense.init != nn::Init::automatic)
    text += fmt::format("init = \"{}\"\n", nn::name_of(dense.init));
  if (dense.bias && dense.bias_values)
    text += fmt::format("bias = {}\n", list(dense.bias_values->values.data(), dense.units));
  else
    text += fmt::format("bias = {}\n", dense.bias);
  if (!dense.weight) return text;
  text += "weight = [\n";
  const std::int64_t inputs = dense.weight->shape[1];
  for (std::int64_t unit = 0; unit < dense.units; ++unit)
    text += fmt::format("  {},\n", list(dense.weight->values.data() + unit * inputs, inputs));
  return text + "]\n";
}

std::string written(const nn::Activation& activation) {
  return fmt::format("type = \"activation\"\nactivation = \"{}\"\n", activation.name);
}

std::string written(const nn::Dropout& dropout) {
  return fmt::format("type = \"dropout\"\nrate = {}\n", toml_number(dropout.rate));
}

}  // namespace

std::string to_toml(const NetworkFile& file) {
  std::string text = "[network]\n";
  if (file.input > 0) text += fmt::format("input = {}\n", file.input);
  text += fmt::format("seed = {}\n", file.seed);
  for (const nn::Layer& layer : file.model.layers)
    text += "\n[[network.layer]]\n" + std::visit([](const auto& l) { return written(l); }, layer);
  if (file.loss) {
    text += fmt::format("\n[loss]\ntype = \"{}\"\n", file.loss->name);
    if (file.loss->name == "huber")
      text += fmt::format("delta = {}\n", toml_number(file.loss->delta));
  }
  if (file.optimizer) {
    text += fmt::format("\n[optimizer]\ntype = \"{}\"\n", name_of(*file.optimizer));
    for_each_field(*file.optimizer, [&](std::string_view name, const auto& value) {
      if constexpr (std::is_same_v<decltype(value), const bool&>)
        text += fmt::format("{} = {}\n", name, value);
      else
        text += fmt::format("{} = {}\n", name, toml_number(value));
    });
  }
  if (file.example)
    text += fmt::format(
        "\n[example]\ninput = {}\ntarget = {}\n",
        list(file.example->input.data(), static_cast<std::int64_t>(file.example->input.size())),
        list(file.example->target.data(), static_cast<std::int64_t>(file.example->target.size())));
  return text;
}

}  // namespace chainrule
