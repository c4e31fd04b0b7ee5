#include "nn/manual.h"

#include <fmt/format.h>

#include "nn/layer_list.h"

namespace chainrule::nn {
namespace {

constexpr std::string_view opening = R"(# Layers

What a network can be made of, from the layers' own records; `chainrule layers --markdown` writes this page.

A network file has a table `[[network.layer]]` for each layer, with `type` and the layer's fields:

    [[network.layer]]
    type = "dense"
    units = 16
    activation = "relu"

Parameters are called by the layer's name and number, `dense1.weight`, in files and in explanations.
)";

struct DefaultText {
  std::string operator()(std::monostate) const { return "drawn"; }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
  std::string operator()(double number) const { return fmt::format("{}", number); }
  std::string operator()(const std::string& word) const { return word; }
  std::string operator()(const DoubleTensor& values) const { return values.shape.to_string(); }
};

std::string fields_text(const LayerRecord& record) {
  std::string text = "\n| field | values | default | meaning |\n|---|---|---|---|\n";
  for (const Field& field : record.fields)
    text += fmt::format("| `{}` | {} | {} | {} |\n", field.name, allowed(field),
                        default_text(record, field), field.meaning);
  return text;
}

std::string start_text(const LayerParameter& parameter) {
  if (const auto* number = std::get_if<double>(&parameter.start)) return fmt::format("{}", *number);
  return "drawn from the seed";
}

std::string parameters_text(const LayerParameters& parameters) {
  std::string text = "\n| parameter | shape | starts at | weight decay |\n|---|---|---|---|\n";
  for (const LayerParameter& parameter : parameters) {
    std::string shape;
    for (const std::string_view axis : parameter.axes)
      shape += fmt::format("{}{}s", shape.empty() ? "" : ", ", axis);
    text += fmt::format("| `{}` | [{}] | {} | {} |\n", parameter.name, shape, start_text(parameter),
                        parameter.decays ? "yes" : "no");
  }
  return text;
}

}  // namespace

std::string default_text(const LayerRecord& record, const Field& field) {
  if (!field.example.empty()) return "must be given";
  return std::visit(DefaultText{}, field.get(layer_of(record).fields()));
}

std::string layer_manual() {
  std::string text(opening);
  for (const LayerRecord* record : all_layers()) {
    text += fmt::format("\n## {}\n\n{}", record->name, record->summary);
    if (!record->source.empty()) text += fmt::format(" ({})", record->source);
    text += "\n";
    if (record->fields.begin() != record->fields.end()) text += fields_text(*record);
    const LayerCase example = record->cases().front();
    const LayerParameters parameters = parameters_of(example.layer, example.x);
    if (!parameters.empty()) text += parameters_text(parameters);
  }
  return text;
}

}  // namespace chainrule::nn
