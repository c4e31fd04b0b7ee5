// Networks written as TOML. By hand rather than by the library, so that the file reads as a person
// would write it: tables in order, one row of weights per line.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "nn/layer.h"
#include "train/network/network_file.h"
#include "train/network/optimizer_fields.h"
#include "train/network/toml_text.h"

namespace chainrule {
namespace {

std::string list(const double* numbers, std::int64_t count) {
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + toml_number(numbers[i]);
  return "[" + text + "]";
}

std::string list(const DoubleTensor& values) {
  if (values.shape.rank() < 2) return list(values.values.data(), values.shape.size());
  std::string text = "[\n";
  const std::int64_t width = values.shape[1];
  for (std::int64_t row = 0; row < values.shape[0]; ++row)
    text += fmt::format("  {},\n", list(values.values.data() + row * width, width));
  return text + "]";
}

struct ValueText {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
  std::string operator()(double number) const { return toml_number(number); }
  std::string operator()(const std::string& word) const { return toml_string(word); }
  std::string operator()(nn::Extents extents) const { return nn::text_of(extents); }
  std::string operator()(const Shape& shape) const { return toml_shape(shape); }
  std::string operator()(const std::vector<std::int64_t>& list) const {
    return fmt::format("[{}]", fmt::join(list, ", "));
  }
  std::string operator()(const DoubleTensor& values) const { return list(values); }
};

// "dense1", "input"
std::string names(const std::vector<std::string>& layers) {
  std::vector<std::string> quoted(layers.size());
  std::ranges::transform(layers, quoted.begin(), toml_string);
  return fmt::format("{}", fmt::join(quoted, ", "));
}

std::string written(const nn::Layer& layer) {
  const nn::LayerRecord& record = layer.record();
  const nn::Layer plain = nn::layer_of(record);
  std::string text = fmt::format("type = \"{}\"\n", record.name);
  if (!layer.name().empty()) text += fmt::format("name = {}\n", toml_string(layer.name()));
  if (!layer.inputs().empty()) text += fmt::format("inputs = [{}]\n", names(layer.inputs()));
  if (!layer.owner().empty()) text += fmt::format("shares = {}\n", toml_string(layer.owner()));
  if (layer.is_frozen()) text += "trainable = false\n";
  if (layer.rate_factor() != 1)
    text += fmt::format("learning_rate_factor = {}\n", toml_number(layer.rate_factor()));
  if (!layer.decays()) text += "weight_decay = false\n";
  for (const nn::Field& field : record.fields) {
    const nn::FieldValue value = field.get(layer.fields());
    const bool is_said = !field.is_quiet || value != field.get(plain.fields());
    if (is_said && !std::holds_alternative<std::monostate>(value))
      text += fmt::format("{} = {}\n", field.name, std::visit(ValueText{}, value));
  }
  return text;
}

std::string written(const nn::ParameterGroup& group) {
  std::string text = fmt::format("match = {}\n", toml_string(group.match));
  if (group.rate_factor)
    text += fmt::format("learning_rate_factor = {}\n", toml_number(*group.rate_factor));
  if (group.weight_decay_factor)
    text += fmt::format("weight_decay_factor = {}\n", toml_number(*group.weight_decay_factor));
  if (group.is_trained) text += fmt::format("trainable = {}\n", *group.is_trained);
  return text;
}

std::string written(const Loss& loss) {
  std::string text = fmt::format("type = \"{}\"\n", loss.name);
  if (!loss.output.empty()) text += fmt::format("output = {}\n", toml_string(loss.output));
  if (loss.weight != 1) text += fmt::format("weight = {}\n", toml_number(loss.weight));
  if (loss.name == "huber") text += fmt::format("delta = {}\n", toml_number(loss.delta));
  const auto add = [&](const char* name, const std::vector<double>& numbers) {
    if (!numbers.empty())
      text += fmt::format("{} = {}\n", name,
                          list(numbers.data(), static_cast<std::int64_t>(numbers.size())));
  };
  add("levels", loss.levels);
  add("class_weights", loss.class_weights);
  return text;
}

}  // namespace

std::string to_toml(const NetworkFile& file) {
  std::string text;
  if (file.steps > 1) text += fmt::format("steps = {}\n\n", file.steps);
  text += "[network]\n";
  if (file.input.rank() > 0) text += fmt::format("input = {}\n", toml_shape(file.input));
  text += fmt::format("seed = {}\n", file.seed);
  if (file.model.is_calibrated) text += "calibrated = true\n";
  if (!file.model.outputs.empty())
    text += fmt::format("outputs = [{}]\n", names(file.model.outputs));
  for (const nn::Layer& layer : file.model.layers) text += "\n[[network.layer]]\n" + written(layer);
  for (const nn::ParameterGroup& group : file.model.groups)
    text += "\n[[network.parameters]]\n" + written(group);
  if (file.loss && file.loss->parts.empty()) text += "\n[loss]\n" + written(*file.loss);
  if (file.loss)
    for (const Loss& part : file.loss->parts) text += "\n[[loss.part]]\n" + written(part);
  if (file.optimizer) {
    text += fmt::format("\n[optimizer]\ntype = \"{}\"\n", name_of(*file.optimizer));
    for_each_field(*file.optimizer, [&](std::string_view name, const auto& value) {
      if constexpr (std::is_same_v<decltype(value), const bool&>)
        text += fmt::format("{} = {}\n", name, value);
      else
        text += fmt::format("{} = {}\n", name, toml_number(value));
    });
  }
  for (const NetworkExample& example : file.examples)
    text += fmt::format(
        "\n{}\ninput = {}\ntarget = {}\n", file.examples.size() == 1 ? "[example]" : "[[example]]",
        list(example.input.data(), static_cast<std::int64_t>(example.input.size())),
        list(example.target.data(), static_cast<std::int64_t>(example.target.size())));
  return text;
}

}  // namespace chainrule
