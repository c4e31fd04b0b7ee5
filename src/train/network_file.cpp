#include "train/network_file.h"

#include <algorithm>

#include "base/file.h"
#include "chainrule/error.h"
#include "train/optimizer_fields.h"
#include "train/toml_reader.h"

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
    if (const auto* node = root_.get("optimizer")) read_optimizer(toml_.table(*node, "optimizer"));
    if (const auto* node = root_.get("example")) read_example(toml_.table(*node, "example"));
    if (file_.loss) require_loss_fits();
    return std::move(file_);
  }

 private:
  // The key's value, which must be there; `hint` is what to write.
  const toml::node& required(const toml::table& table, std::string_view key, std::string_view where,
                             std::string_view hint) const {
    if (const auto* node = table.get(key)) return *node;
    toml_.fail(table, fmt::format("{} has no {}; add {}", where, key, hint));
  }

  // Runs what may refuse a value with a UsageError, and says where the value stands.
  template <class F>
  auto placed(const toml::node& at, F f) const {
    try {
      return f();
    } catch (const UsageError& error) {
      toml_.fail(at, error.what());
    }
  }

  void read_network() {
    const auto* node = root_.get("network");
    if (node == nullptr)
      toml_.fail(root_,
                 "there is no [network]; start with [network] and input = 2, then add "
                 "[[network.layer]]");
    const toml::table& network = toml_.table(*node, "network");
    toml_.require_known(network, "[network]", {"input", "seed", "layer"});
    if (const auto* input = network.get("input"))
      file_.input = toml_.integer(*input, "input", 1, max_units);
    else if (const auto* example = root_.at_path("example.input").as_array())
      file_.input = static_cast<std::int64_t>(example->size());
    if (const auto* seed = network.get("seed"))
      file_.seed = static_cast<std::uint64_t>(
          toml_.integer(*seed, "seed", 0, std::numeric_limits<std::int64_t>::max()));
    width_ = file_.input;
    const auto* layers = network.get("layer");
    if (layers == nullptr || (layers->is_array() && layers->as_array()->empty()))
      toml_.fail(network, "[network] has no layer; add [[network.layer]] with type = \"dense\"");
    if (!layers->is_array())
      toml_.fail(*layers, fmt::format("layer is a {}; begin each layer with [[network.layer]], in "
                                      "two pairs of brackets",
                                      TomlReader::kind(*layers)));
    for (const toml::node& layer : *layers->as_array())
      read_layer(toml_.table(layer, "[network.layer]"));
    if (std::holds_alternative<nn::Dropout>(file_.model.layers.back()))
      toml_.fail(*last_layer_, "the network ends in dropout; put a dense layer after it");
  }

  void read_layer(const toml::table& layer) {
    const std::string where = fmt::format("layer {}", file_.model.layers.size() + 1);
    last_layer_ = &layer;
    const toml::node& node = required(layer, "type", where, "type = \"dense\"");
    const std::string type = toml_.word(node, "type");
    const std::vector<std::string> types{"dense", "dropout", "activation"};
    if (type == "dense") {
      read_dense(layer, where);
    } else if (type == "dropout") {
      toml_.require_known(layer, where + " (dropout)", {"type", "rate"});
      const toml::node& rate = required(layer, "rate", where, "rate = 0.2");
      nn::Dropout dropout{toml_.number(rate, "rate")};
      if (!(dropout.rate >= 0 && dropout.rate < 1))
        toml_.fail(rate, fmt::format("rate = {}; it must be at least 0 and below 1", dropout.rate));
      file_.model.layers.emplace_back(dropout);
    } else if (type == "activation") {
      toml_.require_known(layer, where + " (activation)", {"type", "activation"});
      const toml::node& name = required(layer, "activation", where, "activation = \"relu\"");
      file_.model.layers.emplace_back(activation(name));
    } else {
      toml_.fail(node,
                 fmt::format("there is no layer type \"{}\"; {}", type, suggestion(type, types)));
    }
  }

  nn::Activation activation(const toml::node& node) const {
    const std::string name = toml_.word(node, "activation");
    return placed(node, [&] { return nn::activation_named(name); });
  }

  void read_dense(const toml::table& layer, const std::string& where) {
    toml_.require_known(layer, where + " (dense)",
                        {"type", "units", "activation", "bias", "weight", "init"});
    nn::Dense dense;
    dense.units =
        toml_.integer(required(layer, "units", where, "units = 2"), "units", 1, max_units);
    if (const auto* node = layer.get("activation")) dense.activation = activation(*node);
    if (const auto* node = layer.get("init")) {
      const std::string name = toml_.word(*node, "init");
      dense.init = placed(*node, [&] { return nn::init_named(name); });
    }
    if (const auto* node = layer.get("weight")) dense.weight = weight(*node, dense.units, where);
    if (const auto* node = layer.get("bias")) read_bias(*node, dense, where);
    width_ = dense.units;
    width_from_ = where;
    file_.model.layers.emplace_back(std::move(dense));
  }

  DoubleTensor weight(const toml::node& node, std::int64_t units, const std::string& where) const {
    const toml::array& rows = toml_.array(node, "weight");
    if (static_cast<std::int64_t>(rows.size()) != units)
      toml_.fail(node, fmt::format("weight has {} rows, but {} has {} units; give one row per unit",
                                   rows.size(), where, units));
    std::vector<double> values;
    std::int64_t width = width_;
    std::string source = width_from_.empty() ? "input = " : "units of " + width_from_ + " = ";
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const std::string what = fmt::format("row {} of weight", r + 1);
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
    return {{units, width}, std::move(values)};
  }

  void read_bias(const toml::node& node, nn::Dense& dense, const std::string& where) const {
    if (node.is_boolean()) {
      dense.bias = toml_.truth(node, "bias");
      return;
    }
    if (!node.is_array())
      toml_.fail(node, "bias must be true, false, or the values, such as [0.35, 0.35]");
    std::vector<double> values = toml_.numbers(node, "bias");
    if (static_cast<std::int64_t>(values.size()) != dense.units)
      toml_.fail(node, fmt::format("bias has {} numbers, but {} has {} units; give one per unit",
                                   values.size(), where, dense.units));
    dense.bias_values = DoubleTensor({dense.units}, std::move(values));
  }

  void read_loss(const toml::table& loss) {
    const toml::node& type = required(loss, "type", "[loss]", "type = \"half_squared_error\"");
    const std::string name = toml_.word(type, "type");
    Loss read = placed(type, [&] { return loss_named(name); });
    std::vector<std::string> known{"type"};
    if (read.name == "huber") known.emplace_back("delta");
    toml_.require_known(loss, fmt::format("[loss] of type \"{}\"", name), known);
    if (const auto* node = loss.get("delta")) {
      const double delta = toml_.number(*node, "delta");
      read = placed(*node, [&] { return loss_named(name, delta); });
    }
    file_.loss = read;
  }

  void read_optimizer(const toml::table& table) {
    const toml::node& type = required(table, "type", "[optimizer]", "type = \"sgd\"");
    const std::string name = toml_.word(type, "type");
    Optimizer optimizer = placed(type, [&] { return optimizer_named(name); });
    std::vector<std::string> known{"type"};
    for_each_field(optimizer, [&](std::string_view field, auto&) { known.emplace_back(field); });
    toml_.require_known(table, fmt::format("[optimizer] of type \"{}\"", name), known);
    for_each_field(optimizer, [&](std::string_view field, auto& value) {
      const auto* node = table.get(field);
      if (node == nullptr) return;
      if constexpr (std::is_same_v<decltype(value), bool&>) {
        value = toml_.truth(*node, field);
      } else {
        value = toml_.number(*node, field);
        placed(*node, [&] { validate(optimizer); });
      }
    });
    placed(table, [&] { validate(optimizer); });
    file_.optimizer = optimizer;
  }

  void read_example(const toml::table& table) {
    toml_.require_known(table, "[example]", {"input", "target"});
    const toml::node& input = required(table, "input", "[example]", "input = [0.1, 0.2]");
    const toml::node& target = required(table, "target", "[example]", "target = [0.4, 0.6]");
    NetworkExample example{toml_.numbers(input, "input"), toml_.numbers(target, "target")};
    if (static_cast<std::int64_t>(example.input.size()) != file_.input || example.input.empty())
      toml_.fail(input, fmt::format("the example's input has {} numbers, but the network takes {}; "
                                    "give one number per input",
                                    example.input.size(), file_.input));
    if (static_cast<std::int64_t>(example.target.size()) != width_)
      toml_.fail(target, fmt::format("the example's target has {} numbers, but the network has {} "
                                     "outputs; give one number per output",
                                     example.target.size(), width_));
    if (file_.loss) require_target(target, example.target);
    file_.example = std::move(example);
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

  // Whether the loss can use what the last layer gives, found out on a network as small as can be.
  void require_loss_fits() const {
    Graph graph;
    const Value x = graph.input("x", {1, 1});
    nn::Sequential small{nn::Dense{.units = std::min<std::int64_t>(width_, 2)}};
    const nn::Layer& last = file_.model.layers.back();
    if (const auto* dense = std::get_if<nn::Dense>(&last))
      std::get<nn::Dense>(small.layers[0]).activation = dense->activation;
    else
      small.layers.push_back(last);
    placed(*root_.get("loss"), [&] {
      const nn::Traced model = nn::trace(small, x, 0);
      apply(*file_.loss, model, graph.input("target", model.output.shape()));
    });
  }

  TomlReader& toml_;
  const toml::table& root_;
  NetworkFile file_;
  std::int64_t width_ = 0;  // what the next layer takes; 0: not known yet
  std::string width_from_;  // the layer that gives it; empty: the network's input
  const toml::table* last_layer_ = nullptr;
};

}  // namespace

NetworkFile parse_network(std::string_view text, const std::string& name,
                          std::span<const std::string_view> others) {
  TomlReader toml(name);
  const toml::table root = toml.parse(text);
  std::vector<std::string> known{"network", "loss", "optimizer", "example"};
  known.insert(known.end(), others.begin(), others.end());
  toml.require_known(root, "the file", known);
  return NetworkReader(toml, root).read();
}

NetworkFile read_network_file(const std::string& path, std::span<const std::string_view> others) {
  return parse_network(read_file(path), path, others);
}

}  // namespace chainrule
