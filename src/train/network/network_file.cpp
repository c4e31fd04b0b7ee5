#include "train/network/network_file.h"

#include <algorithm>
#include <optional>
#include <span>

#include "base/file.h"
#include "chainrule/error.h"
#include "nn/place.h"
#include "train/network/layer_reader.h"
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
    if (const auto* node = root_.get("notation"))
      for (const auto& [kind, name] : toml_.table(*node, "notation"))
        file_.notation[std::string(kind.str())] = toml_.word(name, kind.str());
    if (file_.loss) require_loss_fits();
    return std::move(file_);
  }

 private:
  void read_network() {
    const auto* node = root_.get("network");
    if (node == nullptr)
      toml_.fail(root_,
                 "there is no [network]; start with [network] and input = 2, then add "
                 "[[network.layer]]");
    const toml::table& network = toml_.table(*node, "network");
    toml_.require_known(network, "[network]",
                        {"input", "seed", "calibrated", "outputs", "layer", "parameters"});
    if (const auto* input = network.get("input"))
      file_.input = toml_.row(*input, "input", max_units);
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
    LayerReader reader(toml_, *placer_);
    for (const toml::node& layer : *layers->as_array())
      file_.model.layers.push_back(reader.read(toml_.table(layer, "[network.layer]")));
    if (const auto* outputs = network.get("outputs")) {
      read_outputs(*outputs);
    } else if (const nn::LayerRecord& last = file_.model.layers.back().record();
               !last.never_last.empty()) {
      toml_.fail(layers->as_array()->back(),
                 fmt::format("the network ends in {}; put a dense layer after it", last.name));
    }
    if (const auto* groups = network.get("parameters")) read_groups(*groups);
  }

  void read_outputs(const toml::node& outputs) {
    for (const toml::node& output : toml_.array(outputs, "outputs"))
      file_.model.outputs.push_back(toml_.word(output, "outputs"));
    if (file_.model.outputs.empty())
      toml_.fail(outputs, "outputs is empty; name layers, or leave it out: the last one's then");
    toml_.placed(outputs, [&] { nn::placed_outputs(file_.model, placer_->layers()); });
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
      if (file_.input.rank() > 0) toml_.placed(table, [&] { nn::settle_training(said, layers); });
    }
  }

  nn::ParameterGroup read_group(const toml::table& table) const {
    constexpr const char* where = "[[network.parameters]]";
    toml_.require_known(
        table, where,
        {"match", "learning_rate_factor", "weight_decay", "weight_decay_factor", "trainable"});
    nn::ParameterGroup group{
        .match = toml_.word(toml_.required(table, "match", where, "match = \"*.bias\""), "match")};
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

  void read_loss(const toml::table& loss) {
    const auto* parts = loss.get("part");
    if (parts == nullptr) {
      file_.loss = loss_in(loss, "[loss]", {"type"});
      return;
    }
    if (!parts->is_array_of_tables())
      toml_.fail(*parts, fmt::format("part is a {}; begin each part with [[loss.part]], in two "
                                     "pairs of brackets",
                                     TomlReader::kind(*parts)));
    toml_.require_known(loss, "[loss] in parts", {"part"});
    file_.loss.emplace();
    for (const toml::node& node : *parts->as_array()) {
      const toml::table& table = *node.as_table();
      Loss part = loss_in(table, "[[loss.part]]", {"type", "output", "weight"});
      part.output = toml_.word(
          toml_.required(table, "output", "[[loss.part]]", "the layer's name, output = \"price\""),
          "output");
      if (const auto* weight = table.get("weight")) part.weight = toml_.number(*weight, "weight");
      file_.loss->parts.push_back(std::move(part));
    }
  }

  Loss loss_in(const toml::table& loss, std::string_view where,
               std::vector<std::string> known) const {
    const toml::node& type = toml_.required(loss, "type", where, "type = \"half_squared_error\"");
    const std::string name = toml_.word(type, "type");
    Loss read = toml_.placed(type, [&] { return loss_named(name); });
    if (read.name == "huber") known.emplace_back("delta");
    if (read.name == "pinball") known.emplace_back("levels");
    if (read.name == "cross_entropy") known.emplace_back("class_weights");
    toml_.require_known(loss, fmt::format("{} of type \"{}\"", where, name), known);
    if (const auto* node = loss.get("delta")) {
      const double delta = toml_.number(*node, "delta");
      read = toml_.placed(*node, [&] { return loss_named(name, delta); });
    }
    if (const auto* node = loss.get("levels")) read.levels = toml_.numbers(*node, "levels");
    if (const auto* node = loss.get("class_weights"))
      read.class_weights = toml_.numbers(*node, "class_weights");
    return read;
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
    const toml::node& input = toml_.required(table, "input", "[example]", "input = [0.1, 0.2]");
    const toml::node& target = toml_.required(table, "target", "[example]", "target = [0.4, 0.6]");
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
    require_target(target, example.target);
    file_.examples.push_back(std::move(example));
  }

  void require_target(const toml::node& node, std::span<const double> target) const {
    if (file_.loss && file_.loss->parts.empty()) require_target(node, *file_.loss, target);
    if (!file_.loss || file_.loss->parts.empty()) return;
    for (const nn::PlacedOutput& output : nn::placed_outputs(file_.model, placer_->layers())) {
      const std::string& name = placer_->layers()[output.place].name;
      const auto width = static_cast<std::size_t>(output.width);
      for (const Loss& part : file_.loss->parts)
        if (part.output == name) require_target(node, part, target.first(width));
      target = target.subspan(width);
    }
  }

  void require_target(const toml::node& node, const Loss& loss,
                      std::span<const double> target) const {
    const auto fraction = [](double t) { return t >= 0 && t <= 1; };
    double total = 0;
    for (const double t : target) total += t;
    if (loss.name == "binary_cross_entropy" && !std::ranges::all_of(target, fraction))
      toml_.fail(node, "binary_cross_entropy needs targets from 0 to 1; give probabilities");
    const bool distribution = std::ranges::all_of(target, fraction) && std::abs(total - 1) <= 1e-6;
    if (loss.name == "cross_entropy" && !distribution)
      toml_.fail(node, fmt::format("cross_entropy needs a target that is a distribution, numbers "
                                   "from 0 to 1 that sum to 1, but they sum to {:.6g}; give 1 to "
                                   "the true class and 0 to the others",
                                   total));
  }

  // Whether the loss can use what the network gives, found out on a row as narrow as can be.
  void require_loss_fits() const {
    const std::vector<nn::PlacedOutput> outputs =
        nn::placed_outputs(file_.model, placer_->layers());
    if (std::ranges::find(outputs, 0, &nn::PlacedOutput::width) != outputs.end()) return;
    Graph graph;
    const bool depends_on_width =
        !file_.loss->levels.empty() || !file_.loss->class_weights.empty() || !outputs.empty();
    const Shape shape{1, depends_on_width ? width() : width() == 1 ? 1 : 2};
    nn::Traced model{.output = graph.input("output", shape),
                     .z = graph.input("z", shape),
                     .last = nn::last_activation(file_.model),
                     .parameters = {}};
    for (const nn::PlacedOutput& output : outputs) {
      const nn::PlacedLayer& at = placer_->layers()[output.place];
      const Value own = graph.input(at.name, {1, output.width});
      model.last = nn::last_activation(at);
      model.outputs.push_back({at.name, own, own, model.last});
    }
    const auto* node = root_.get("loss");
    toml_.placed(*node, [&] { apply(*file_.loss, model, graph.input("target", shape)); });
  }

  // Of what the network gives; 0: not known.
  std::int64_t width() const {
    return nn::prediction_shape(file_.model, placer_->layers(), placer_->current()).row().size();
  }

  TomlReader& toml_;
  const toml::table& root_;
  NetworkFile file_;
  std::optional<nn::Placer> placer_;
};

}  // namespace

NetworkFile parse_network(std::string_view text, const std::string& name,
                          std::span<const std::string_view> others) {
  TomlReader toml(name);
  const toml::table root = toml.parse(text);
  std::vector<std::string> known{"network", "loss", "optimizer", "example", "steps", "notation"};
  known.insert(known.end(), others.begin(), others.end());
  toml.require_known(root, "the file", known);
  return NetworkReader(toml, root).read();
}

NetworkFile read_network_file(const std::string& path, std::span<const std::string_view> others) {
  return parse_network(read_file(path), path, others);
}

}  // namespace chainrule
