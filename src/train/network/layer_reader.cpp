#include "train/network/layer_reader.h"

#include <algorithm>

#include "chainrule/error.h"
#include "nn/layer_list.h"

namespace chainrule {

nn::Layer LayerReader::read(const toml::table& table) {
  const std::string where = fmt::format("layer {}", ++count_);
  const toml::node& type = toml_.required(table, "type", where, "type = \"dense\"");
  const std::string name = toml_.word(type, "type");
  const nn::LayerRecord* record = nn::find_layer(name);
  if (record == nullptr)
    toml_.fail(type, fmt::format("there is no layer type \"{}\"; {}", name,
                                 suggestion(name, nn::layer_names())));
  std::vector<std::string> known{"type"};
  for (const nn::Field& field : record->fields) known.emplace_back(field.name);
  known.insert(known.end(), {"name", "input", "inputs", "shares", "trainable",
                             "learning_rate_factor", "weight_decay"});
  toml_.require_known(table, fmt::format("{} ({})", where, name), known);

  nn::Layer layer = at_its_place(table, nn::layer_of(*record));
  for (const nn::Field& field : record->fields) read_field(table, field, where, layer);
  toml_.placed(table, [&] { validate(layer); });
  const nn::PlacedLayer at = toml_.placed(table, [&] { return placer_.look(layer); });
  for (const nn::Field& field : record->fields) read_values(table, field, where, at, layer);
  toml_.placed(table, [&] { placer_.place(layer); });
  if (const nn::Field* field = nn::width_field(*record))
    width_from_ = fmt::format("{} of {}", field->name, where);
  return layer;
}

// What the file says of the layer's place among the others.
nn::Layer LayerReader::at_its_place(const toml::table& table, nn::Layer layer) const {
  if (const auto* node = table.get("name")) layer = layer.named(toml_.word(*node, "name"));
  std::vector<std::string> inputs;
  if (const auto* node = table.get("input")) inputs.push_back(toml_.word(*node, "input"));
  if (const auto* node = table.get("inputs")) {
    if (!inputs.empty()) toml_.fail(*node, "there is an input already; leave one of them out");
    for (const toml::node& input : toml_.array(*node, "inputs"))
      inputs.push_back(toml_.word(input, "inputs"));
  }
  if (!inputs.empty()) layer = layer.from(std::move(inputs));
  if (const auto* node = table.get("shares")) layer = layer.sharing(toml_.word(*node, "shares"));
  if (const auto* node = table.get("trainable"))
    layer = layer.frozen(!toml_.truth(*node, "trainable"));
  if (const auto* node = table.get("learning_rate_factor"))
    layer = toml_.placed(
        *node, [&] { return layer.learning(toml_.number(*node, "learning_rate_factor")); });
  if (const auto* node = table.get("weight_decay"))
    layer = layer.undecayed(!toml_.truth(*node, "weight_decay"));
  return layer;
}

// All but values of parameters: whose shapes depend on the other fields.
void LayerReader::read_field(const toml::table& table, const nn::Field& field,
                             const std::string& where, nn::Layer& layer) const {
  const toml::node* node = table.get(field.name);
  if (node == nullptr && !field.example.empty())
    node = &toml_.required(table, field.name, where,
                           fmt::format("{} = {}", field.name, field.example));
  if (node == nullptr || field.kind == nn::FieldKind::values) return;
  if (field.kind == nn::FieldKind::truth_or_values && node->is_array()) return;
  const nn::FieldValue value = scalar(*node, field);
  toml_.placed(*node, [&] {
    require_in_range(field, value);
    layer = nn::with(layer, field, value);
  });
}

nn::FieldValue LayerReader::scalar(const toml::node& node, const nn::Field& field) const {
  switch (field.kind) {
    case nn::FieldKind::whole:
      return toml_.integer(node, field.name, static_cast<std::int64_t>(field.range.low),
                           static_cast<std::int64_t>(field.range.high));
    case nn::FieldKind::real:
      return toml_.number(node, field.name);
    case nn::FieldKind::shape:
      return toml_.row(node, field.name, static_cast<std::int64_t>(field.range.high));
    case nn::FieldKind::whole_list:
      return toml_.integers(node, field.name, static_cast<std::int64_t>(field.range.low),
                            static_cast<std::int64_t>(field.range.high));
    case nn::FieldKind::extents:
      return extents(node, field);
    case nn::FieldKind::word:
      return toml_.word(node, field.name);
    case nn::FieldKind::truth_or_values:
      if (!node.is_boolean())
        toml_.fail(node, fmt::format("{} must be true, false, or the values, such as [0.35, 0.35]",
                                     field.name));
      break;
    default:
      break;
  }
  return toml_.truth(node, field.name);
}

nn::Extents LayerReader::extents(const toml::node& node, const nn::Field& field) const {
  const auto number = [&](const toml::node& at) {
    return toml_.integer(at, field.name, static_cast<std::int64_t>(field.range.low),
                         static_cast<std::int64_t>(field.range.high));
  };
  if (!node.is_array()) return number(node);
  const toml::array& both = toml_.array(node, field.name);
  if (both.size() != 2)
    toml_.fail(node, fmt::format("{} has {} numbers; give one, or two, [height, width]", field.name,
                                 both.size()));
  return {number(both[0]), number(both[1])};
}

void LayerReader::read_values(const toml::table& table, const nn::Field& field,
                              const std::string& where, const nn::PlacedLayer& at,
                              nn::Layer& layer) const {
  const toml::node* node = table.get(field.name);
  if (node == nullptr || (field.kind == nn::FieldKind::truth_or_values && !node->is_array()))
    return;
  if (field.kind != nn::FieldKind::values && field.kind != nn::FieldKind::truth_or_values) return;
  const auto parameter = std::ranges::find(at.parameters, field.name, &nn::LayerParameter::name);
  if (parameter == at.parameters.end())
    throw InternalError(fmt::format("{} has no parameter {}", where, field.name));
  layer = nn::with(layer, field,
                   parameter->shape.rank() == 1 ? vector_of(*node, *parameter, where)
                                                : matrix_of(*node, *parameter, where));
}

// Throws unless there are so many rows or numbers as the parameter's first axis has places.
void LayerReader::require_count(const toml::node& node, const nn::LayerParameter& parameter,
                                std::size_t count, std::string_view of_what,
                                const std::string& where) const {
  const std::string_view axis = *parameter.axes.begin();
  if (static_cast<std::int64_t>(count) != parameter.shape[0])
    toml_.fail(node, fmt::format("{0} has {1} {2}s, but {3} has {4} {5}s; give one{6} per {5}",
                                 parameter.name, count, of_what, where, parameter.shape[0], axis,
                                 of_what == "row" ? " row" : ""));
}

DoubleTensor LayerReader::vector_of(const toml::node& node, const nn::LayerParameter& parameter,
                                    const std::string& where) const {
  std::vector<double> values = toml_.numbers(node, parameter.name);
  require_count(node, parameter, values.size(), "number", where);
  return {parameter.shape, std::move(values)};
}

// A list of rows. Where the network's width is not known yet, the first row decides it.
DoubleTensor LayerReader::matrix_of(const toml::node& node, const nn::LayerParameter& parameter,
                                    const std::string& where) const {
  const toml::array& rows = toml_.array(node, parameter.name);
  require_count(node, parameter, rows.size(), "row", where);
  std::vector<double> values;
  std::int64_t width = parameter.shape[1];
  std::string source = (width_from_.empty() ? "input" : width_from_) + " = ";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::string what = fmt::format("row {} of {}", r + 1, parameter.name);
    const std::vector<double> row = toml_.numbers(rows[r], what);
    if (width == 0) {
      width = static_cast<std::int64_t>(row.size());
      source = "numbers in row 1: ";
    }
    if (static_cast<std::int64_t>(row.size()) != width || row.empty())
      toml_.fail(rows[r], fmt::format("{} has {} numbers, but {} takes {} inputs ({}{}); give "
                                      "one number per input",
                                      what, row.size(), where, width, source, width));
    values.insert(values.end(), row.begin(), row.end());
  }
  return {{parameter.shape[0], width}, std::move(values)};
}

}  // namespace chainrule
