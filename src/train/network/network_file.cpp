#include "train/network/network_file.h"

#include <algorithm>
#include <optional>

#include "base/file.h"
#include "chainrule/error.h"
#include "nn/layer_list.h"
#include "nn/place.h"
#include "train/network/optimizer_reader.h"
#include "train/network/toml_reader.h"

namespace chainrule {
namespace {

// More than this no machine can train, and the product of two still fits an int64.
constexpr std::int64_t max_units = 10'000'000;

class NetworkReader {
 public:
  NetworkReader(TomlReader& toml, const toml::table& root) : toml_(toml), root_(root) {}

  NetworkFile read() {
    read_network();
    if (const auto* node = root_.get("loss")) read_loss(toml_.table(*node, "loss"));
    if (const auto* node = root_.get("optimizer"))
      file_.optimizer = read_optimizer(toml_, toml_.table(*node, "optimizer"));
    if (const auto* node = root_.get("example")) read_examples(*node);
    if (const auto* node = root_.get("steps"))
      file_.steps = toml_.integer(*node, "steps", 1, most_steps);
    if (file_.loss) require_loss_fits();
    return std::move(file_);
  }

 private:
  // The key's value, which must be there; `hint` is what to write.
  const toml::node& required(const toml::table& table, std::string_view key, std::string_view where,
                             std::string_view hint) const {
    return chainrule::required(toml_, table, key, where, hint);
  }

  // Runs what may refuse a value with a UsageError, and says where the value stands.
  template <class F>
  auto placed(const toml::node& at, F f) const {
    return chainrule::placed(toml_, at, f);
  }

  void read_network() {
    const auto* node = root_.get("network");
    if (node == nullptr)
      toml_.fail(root_,
                 "there is no [network]; start with [network] and input = 2, then add "
                 "[[network.layer]]");
    const toml::table& network = toml_.table(*node, "network");
    toml_.require_known(network, "[network]",
                        {"input", "seed", "calibrated", "layer", "parameters"});
    if (const auto* input = network.get("input"))
      file_.input = row_in(*input, "input", max_units);
    else if (const auto* example = first_input())
      file_.input = Shape{static_cast<std::int64_t>(example->size())};
    if (const auto* seed = network.get("seed"))
      file_.seed = static_cast<std::uint64_t>(
          toml_.integer(*seed, "seed", 0, std::numeric_limits<std::int64_t>::max()));
    if (const auto* calibrated = network.get("calibrated"))
      file_.model.is_calibrated = toml_.truth(*calibrated, "calibrated");
    placer_.emplace(file_.input.rank() > 0 ? file_.input.batch(1) : Shape{1, 0});
    const auto* layers = network.get("layer");
    if (layers == nullptr || (layers->is_array() && layers->as_array()->empty()))
      toml_.fail(network, "[network] has no layer; add [[network.layer]] with type = \"dense\"");
    if (!layers->is_array())
      toml_.fail(*layers, fmt::format("layer is a {}; begin each layer with [[network.layer]], in "
                                      "two pairs of brackets",
                                      TomlReader::kind(*layers)));
    for (const toml::node& layer : *layers->as_array())
      read_layer(toml_.table(layer, "[network.layer]"));
    const nn::LayerRecord& last = file_.model.layers.back().record();
    if (!last.never_last.empty())
      toml_.fail(*last_layer_,
                 fmt::format("the network ends in {}; put a dense layer after it", last.name));
    if (const auto* groups = network.get("parameters")) read_groups(*groups);
  }

  // Whether a pattern matches is known when the shapes are, which may be when there is data.
  void read_groups(const toml::node& groups) {
    if (!groups.is_array_of_tables())
      toml_.fail(groups, fmt::format("parameters is a {}; begin each group with "
                                     "[[network.parameters]], in two pairs of brackets",
                                     TomlReader::kind(groups)));
    for (const toml::node& node : *groups.as_array()) {
      const toml::table& table = *node.as_table();
      file_.model.groups.push_back(read_group(table));
      std::vector<nn::PlacedLayer> layers = placer_->layers();
      nn::Network said;
      said.groups = {file_.model.groups.back()};
      if (file_.input.rank() > 0) placed(table, [&] { nn::settle_training(said, layers); });
    }
  }

  nn::ParameterGroup read_group(const toml::table& table) const {
    constexpr const char* where = "[[network.parameters]]";
    toml_.require_known(
        table, where,
        {"match", "learning_rate_factor", "weight_decay", "weight_decay_factor", "trainable"});
    nn::ParameterGroup group{
        .match = toml_.word(required(table, "match", where, "match = \"*.bias\""), "match")};
    if (const auto* node = table.get("learning_rate_factor"))
      group.rate_factor = toml_.number(*node, "learning_rate_factor");
    if (const auto* node = table.get("weight_decay_factor"))
      group.weight_decay_factor = toml_.number(*node, "weight_decay_factor");
    if (const auto* node = table.get("weight_decay")) {
      if (group.weight_decay_factor)
        toml_.fail(*node, "there is a weight_decay_factor too; leave one of them out");
      group.weight_decay_factor = toml_.truth(*node, "weight_decay") ? 1 : 0;
    }
    if (const auto* node = table.get("trainable"))
      group.is_trained = toml_.truth(*node, "trainable");
    return group;
  }

  // A number of features, or the extents of a picture.
  Shape row_in(const toml::node& row, std::string_view key, std::int64_t most) const {
    if (!row.is_array()) return Shape{toml_.integer(row, key, 1, most)};
    const std::vector<std::int64_t> extents = toml_.integers(row, key, 1, most);
    if (extents.empty() || extents.size() > 3)
      toml_.fail(row, fmt::format("{} has {} extents; give a number of features, such as 784, "
                                  "or [channels, height, width], such as [1, 28, 28]",
                                  key, extents.size()));
    return placed(row, [&] { return Shape(extents); });
  }

  void read_layer(const toml::table& table) {
    const std::string where = fmt::format("layer {}", file_.model.layers.size() + 1);
    last_layer_ = &table;
    const toml::node& type = required(table, "type", where, "type = \"dense\"");
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
    placed(table, [&] { validate(layer); });
    const nn::PlacedLayer at = placed(table, [&] { return placer_->look(layer); });
    for (const nn::Field& field : record->fields) read_values(table, field, where, at, layer);
    placed(table, [&] { placer_->place(layer); });
    if (const nn::Field* field = nn::width_field(*record))
      width_from_ = fmt::format("{} of {}", field->name, where);
    file_.model.layers.push_back(std::move(layer));
  }

  // What the file says of the layer's place among the others.
  nn::Layer at_its_place(const toml::table& table, nn::Layer layer) const {
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
      layer = placed(*node,
                     [&] { return layer.learning(toml_.number(*node, "learning_rate_factor")); });
    if (const auto* node = table.get("weight_decay"))
      layer = layer.undecayed(!toml_.truth(*node, "weight_decay"));
    return layer;
  }

  // All but values of parameters: whose shapes depend on the other fields.
  void read_field(const toml::table& table, const nn::Field& field, const std::string& where,
                  nn::Layer& layer) const {
    const toml::node* node = table.get(field.name);
    if (node == nullptr && !field.example.empty())
      node = &required(table, field.name, where, fmt::format("{} = {}", field.name, field.example));
    if (node == nullptr || field.kind == nn::FieldKind::values) return;
    if (field.kind == nn::FieldKind::truth_or_values && node->is_array()) return;
    const nn::FieldValue value = scalar(*node, field);
    placed(*node, [&] {
      require_in_range(field, value);
      layer = nn::with(layer, field, value);
    });
  }

  nn::FieldValue scalar(const toml::node& node, const nn::Field& field) const {
    switch (field.kind) {
      case nn::FieldKind::whole:
        return toml_.integer(node, field.name, static_cast<std::int64_t>(field.range.low),
                             static_cast<std::int64_t>(field.range.high));
      case nn::FieldKind::real:
        return toml_.number(node, field.name);
      case nn::FieldKind::shape:
        return row_in(node, field.name, static_cast<std::int64_t>(field.range.high));
      case nn::FieldKind::whole_list:
        return toml_.integers(node, field.name, static_cast<std::int64_t>(field.range.low),
                              static_cast<std::int64_t>(field.range.high));
      case nn::FieldKind::extents:
        return extents(node, field);
      case nn::FieldKind::word:
        return toml_.word(node, field.name);
      case nn::FieldKind::truth_or_values:
        if (!node.is_boolean())
          toml_.fail(node,
                     fmt::format("{} must be true, false, or the values, such as [0.35, 0.35]",
                                 field.name));
        break;
      default:
        break;
    }
    return toml_.truth(node, field.name);
  }

  nn::Extents extents(const toml::node& node, const nn::Field& field) const {
    const auto number = [&](const toml::node& at) {
      return toml_.integer(at, field.name, static_cast<std::int64_t>(field.range.low),
                           static_cast<std::int64_t>(field.range.high));
    };
    if (!node.is_array()) return number(node);
    const toml::array& both = toml_.array(node, field.name);
    if (both.size() != 2)
      toml_.fail(node, fmt::format("{} has {} numbers; give one, or two, [height, width]",
                                   field.name, both.size()));
    return {number(both[0]), number(both[1])};
  }

  void read_values(const toml::table& table, const nn::Field& field, const std::string& where,
                   const nn::PlacedLayer& at, nn::Layer& layer) const {
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
  void require_count(const toml::node& node, const nn::LayerParameter& parameter, std::size_t count,
                     std::string_view of_what, const std::string& where) const {
    const std::string_view axis = *parameter.axes.begin();
    if (static_cast<std::int64_t>(count) != parameter.shape[0])
      toml_.fail(node, fmt::format("{0} has {1} {2}s, but {3} has {4} {5}s; give one{6} per {5}",
                                   parameter.name, count, of_what, where, parameter.shape[0], axis,
                                   of_what == "row" ? " row" : ""));
  }

  DoubleTensor vector_of(const toml::node& node, const nn::LayerParameter& parameter,
                         const std::string& where) const {
    std::vector<double> values = toml_.numbers(node, parameter.name);
    require_count(node, parameter, values.size(), "number", where);
    return {parameter.shape, std::move(values)};
  }

  // A list of rows. Where the network's width is not known yet, the first row decides it.
  DoubleTensor matrix_of(const toml::node& node, const nn::LayerParameter& parameter,
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

  void read_loss(const toml::table& loss) {
    const toml::node& type = required(loss, "type", "[loss]", "type = \"half_squared_error\"");
    const std::string name = toml_.word(type, "type");
    Loss read = placed(type, [&] { return loss_named(name); });
    std::vector<std::string> known{"type"};
    if (read.name == "huber") known.emplace_back("delta");
    if (read.name == "pinball") known.emplace_back("levels");
    if (read.name == "cross_entropy") known.emplace_back("class_weights");
    toml_.require_known(loss, fmt::format("[loss] of type \"{}\"", name), known);
    if (const auto* node = loss.get("delta")) {
      const double delta = toml_.number(*node, "delta");
      read = placed(*node, [&] { return loss_named(name, delta); });
    }
    if (const auto* node = loss.get("levels")) read.levels = toml_.numbers(*node, "levels");
    if (const auto* node = loss.get("class_weights"))
      read.class_weights = toml_.numbers(*node, "class_weights");
    file_.loss = read;
  }

  // [example], or the first of several.
  const toml::array* first_input() const {
    const auto one = root_.at_path("example.input"), first = root_.at_path("example[0].input");
    return one ? one.as_array() : first.as_array();
  }

  void read_examples(const toml::node& node) {
    if (!node.is_array_of_tables()) return read_example(toml_.table(node, "example"));
    for (const toml::node& example : *node.as_array()) read_example(*example.as_table());
  }

  void read_example(const toml::table& table) {
    toml_.require_known(table, "[example]", {"input", "target"});
    const toml::node& input = required(table, "input", "[example]", "input = [0.1, 0.2]");
    const toml::node& target = required(table, "target", "[example]", "target = [0.4, 0.6]");
    NetworkExample example{toml_.numbers(input, "input"), toml_.numbers(target, "target")};
    if (static_cast<std::int64_t>(example.input.size()) != file_.input.size() ||
        example.input.empty())
      toml_.fail(input, fmt::format("the example's input has {} numbers, but the network takes {}; "
                                    "give one number per input",
                                    example.input.size(), file_.input.size()));
    if (static_cast<std::int64_t>(example.target.size()) != width())
      toml_.fail(target, fmt::format("the example's target has {} numbers, but the network has {} "
                                     "outputs; give one number per output",
                                     example.target.size(), width()));
    if (file_.loss) require_target(target, example.target);
    file_.examples.push_back(std::move(example));
  }

  void require_target(const toml::node& node, const std::vector<double>& target) const {
    const auto fraction = [](double t) { return t >= 0 && t <= 1; };
    double total = 0;
    for (const double t : target) total += t;
    if (file_.loss->name == "binary_cross_entropy" && !std::ranges::all_of(target, fraction))
      toml_.fail(node, "binary_cross_entropy needs targets from 0 to 1; give probabilities");
    const bool distribution = std::ranges::all_of(target, fraction) && std::abs(total - 1) <= 1e-6;
    if (file_.loss->name == "cross_entropy" && !distribution)
      toml_.fail(node, fmt::format("cross_entropy needs a target that is a distribution, numbers "
                                   "from 0 to 1 that sum to 1, but they sum to {:.6g}; give 1 to "
                                   "the true class and 0 to the others",
                                   total));
  }

  // Whether the loss can use what the network gives, found out on a row as narrow as can be.
  void require_loss_fits() const {
    Graph graph;
    std::int64_t outputs = width() == 1 ? 1 : 2;
    if (!file_.loss->levels.empty() || !file_.loss->class_weights.empty()) outputs = width();
    const Shape shape{1, outputs};
    const nn::Traced model{.output = graph.input("output", shape),
                           .z = graph.input("z", shape),
                           .last = nn::last_activation(file_.model),
                           .parameters = {}};
    placed(*root_.get("loss"), [&] { apply(*file_.loss, model, graph.input("target", shape)); });
  }

  // Of what the network gives; 0: not known.
  std::int64_t width() const {
    return nn::prediction_shape(placer_->layers(), placer_->current()).row().size();
  }

  TomlReader& toml_;
  const toml::table& root_;
  NetworkFile file_;
  std::optional<nn::Placer> placer_;
  std::string width_from_;  // "units of layer 1"; empty: the network's input
  const toml::table* last_layer_ = nullptr;
};

}  // namespace

NetworkFile parse_network(std::string_view text, const std::string& name,
                          std::span<const std::string_view> others) {
  TomlReader toml(name);
  const toml::table root = toml.parse(text);
  std::vector<std::string> known{"network", "loss", "optimizer", "example", "steps"};
  known.insert(known.end(), others.begin(), others.end());
  toml.require_known(root, "the file", known);
  return NetworkReader(toml, root).read();
}

NetworkFile read_network_file(const std::string& path, std::span<const std::string_view> others) {
  return parse_network(read_file(path), path, others);
}

}  // namespace chainrule
