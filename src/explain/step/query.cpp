#include "explain/step/query.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/suggest.h"
#include "chainrule/error.h"
#include "explain/page/letters.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

constexpr std::string_view gradient_suffix = ".gradient";

std::vector<std::int64_t> parse_indices(const std::string& text, std::size_t bracket) {
  std::vector<std::int64_t> indices;
  const auto refuse = [&] {
    throw UsageError(
        fmt::format("{}: indices are numbers from 0 in brackets, such as [3,5]", text));
  };
  const char* at = text.data() + bracket + 1;
  const char* const end = text.data() + text.size();
  while (true) {
    std::int64_t index = 0;
    while (at != end && *at == ' ') ++at;
    const auto [after, error] = std::from_chars(at, end, index);
    if (error != std::errc() || index < 0 || after == end) refuse();
    indices.push_back(index);
    at = after;
    if (*at == ']' && at + 1 == end) return indices;
    if (*at != ',') refuse();
    ++at;
  }
}

// A number that is drawn at random has no name in the graph; pages call it dropout1.random_uniform.
std::optional<Value> drawn_node(RunStep& step, const std::string& name) {
  for (NodeId id = 0; id < step.graph().size(); ++id) {
    const Node& node = step.graph().node(id);
    const bool is_it = node.op == &random_uniform_op && node.name.empty() &&
                       name == node.origin.layer + "." + std::string(node.op->name);
    if (!is_it) continue;
    if (!step.elements().has_name(id)) step.elements().name(step.graph().value(id), name);
    return step.graph().value(id);
  }
  return {};
}

// What the optimizer works out for all parameters: s1, s2, ...
std::optional<Value> shared_number(RunStep& step, const std::string& name) {
  for (std::size_t i = 0; i < step.shared().size(); ++i)
    if (name == fmt::format("s{}", i + 1)) return step.shared()[i];
  return {};
}

Value node_named(RunStep& step, const std::string& name) {
  if (name == "output") return step.prediction();
  if (const auto node = step.find(name)) return *node;
  if (name == "p") return step.prediction();
  if (const auto node = shared_number(step, name)) return *node;
  if (const auto node = drawn_node(step, name)) return *node;
  const std::vector<std::string> names = names_to_ask(step);
  throw UsageError(
      fmt::format("the run has no quantity \"{}\"; {}", name, suggestion(name, names)));
}

}  // namespace

std::vector<std::string> names_to_ask(RunStep& step, const std::string& layer) {
  std::vector<std::string> names{"loss", "accuracy", "output", "x", "target"};
  for (const Value& value : step.traced().wanted) names.push_back(value.node().name);
  for (const Value& state : step.states()) names.push_back(state.node().name);
  for (const nn::Parameter& buffer : step.model().buffers) names.push_back(buffer.name);
  for (const char* shared : {"gradient.norm_squared", "gradient.scale"})
    if (step.find(shared)) names.emplace_back(shared);
  if (!layer.empty())
    std::erase_if(names, [&](const std::string& name) { return !name.starts_with(layer + "."); });
  return names;
}

Asked parse_quantity(RunStep& step, const std::string& text, std::int64_t sample) {
  std::string name = typed_symbol(text);
  if (name == "loss" || name == "E") return {Asked::Kind::loss, {step.loss().id(), 0}, "loss"};
  if (name == "accuracy") return {Asked::Kind::accuracy, {step.prediction().id(), 0}, "accuracy"};
  if (is_letter(name) && !step.find(name)) return {Asked::Kind::letter, {}, text};
  if (std::ranges::find(step.layers(), name, &nn::PlacedLayer::name) != step.layers().end() &&
      !step.find(name))
    return {Asked::Kind::layer, {}, name};
  // dE/ddense1.z[0,4], and the value after the step: the number's story tells of both.
  constexpr std::string_view derivative = "dE/d";
  bool is_gradient = name.starts_with(derivative);
  if (is_gradient) name.erase(0, derivative.size());
  if (name.ends_with('+')) name.pop_back();
  if (name.ends_with(gradient_suffix)) {
    is_gradient = true;
    name.resize(name.size() - gradient_suffix.size());
  }
  const auto bracket = name.find('[');
  std::vector<std::int64_t> indices;
  if (bracket != std::string::npos) indices = parse_indices(name, bracket);
  name = name.substr(0, bracket);

  const Value node = node_named(step, name);
  const Shape& shape = node.shape();
  const bool is_variable = node.node().op == &variable_op;
  if (is_gradient && !step.gradient_of(node))
    throw UsageError(
        fmt::format("{}: the step has no gradient of {}; ask for that of a parameter that is "
                    "trained, a z or an h",
                    text, name));
  if (bracket == std::string::npos && shape.rank() > 0)
    return {Asked::Kind::tensor, {is_gradient ? step.gradient_of(node).id() : node.id(), 0}, text};
  if (step.is_per_sample(node.id()) && static_cast<int>(indices.size()) == shape.rank() - 1)
    indices.insert(indices.begin(), sample);
  if (static_cast<int>(indices.size()) != shape.rank())
    throw UsageError(fmt::format("{}: {} has {} {}, shape {}", text, name, shape.rank(),
                                 shape.rank() == 1 ? "index" : "indices", shape.to_string()));
  std::int64_t index = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const std::int64_t at = indices[static_cast<std::size_t>(axis)];
    if (at >= shape[axis])
      throw UsageError(fmt::format("{}: {} has shape {}, and indices count from 0", text, name,
                                   shape.to_string()));
    index = index * shape[axis] + at;
  }
  const Element element{node.id(), index};
  if (is_gradient) return {Asked::Kind::gradient, element, text};
  // A buffer's value after the step is a number like others.
  const auto& buffers = step.model().buffers;
  if (const auto buffer = std::ranges::find(buffers, node, &nn::Parameter::variable);
      buffer != buffers.end())
    return {Asked::Kind::value, {step.value_after(node).id(), index}, text};
  return {is_variable ? Asked::Kind::update : Asked::Kind::value, element, text};
}

}  // namespace chainrule::page
