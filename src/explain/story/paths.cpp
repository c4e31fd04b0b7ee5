#include "explain/story/paths.h"

#include <algorithm>
#include <map>

#include "explain/formula/formula.h"
#include "explain/formula/shorten.h"
#include "graph/op.h"

namespace chainrule::page {
namespace {

class PathFinder {
 public:
  explicit PathFinder(RunStep& step) : step_(step) {}

  std::optional<Paths> paths(Element derivative, int top) {
    if (is_statistic(derived(derivative.node))) return {};
    const Expression whole = tidy(opened(step_.elements().formula(derivative)));
    std::map<NodeId, std::vector<Expression>> terms;  // by statistic; -1: those of no one's
    for (const Expression& term : terms_of(whole)) terms[way_of(term)].push_back(term);
    if (is_direct(terms.rbegin()->first)) return {};
    Paths paths{.layer = step_.layer_of(terms.rbegin()->first)->name, .whole = whole};
    Group& lines = paths.lines;
    std::vector<Expression> parts;
    for (auto& [statistic, part] : terms) {
      const Expression formula = sum_of(std::move(part));
      const std::string symbol =
          is_direct(statistic) ? "path" : "path " + step_.graph().node(statistic).name;
      lines.push_back({{symbol, evaluate(formula)}, shortened(formula, top)});
      parts.emplace_back(lines.back().quantity);
    }
    lines.push_back({step_.elements().quantity(derivative), sum_of(std::move(parts))});
    return paths;
  }

 private:
  static bool is_direct(NodeId statistic) { return statistic < 0; }

  // Whether the node is one of its layer's statistics.
  bool is_statistic(NodeId node) const {
    const nn::PlacedLayer* layer = node < 0 ? nullptr : step_.layer_of(node);
    if (layer == nullptr) return false;
    const std::string& name = step_.graph().node(node).name;
    // Of a shard batch_norm1.shard2.batch_mean.
    return name.starts_with(layer->name + ".") &&
           std::ranges::any_of(layer->layer.record().statistics, [&](std::string_view part) {
             return name.ends_with("." + std::string(part));
           });
  }

  // What a derivative is of, if it is of a named node.
  NodeId derived(NodeId derivative) const {
    const std::vector<Value>& gradients = step_.traced().gradients;
    const auto found = std::ranges::find(gradients, derivative, &Value::id);
    if (found == gradients.end()) return -1;
    return step_.traced().wanted[static_cast<std::size_t>(found - gradients.begin())].id();
  }

  NodeId way_of(const Expression& term) const {
    NodeId way = -1;
    for_each_quantity(term, [&](const Quantity& quantity) {
      const NodeId node = derived(quantity.element.node);
      if (is_statistic(node)) way = node;
    });
    return way;
  }

  // Derivatives of what a statistic is made of, within its layer, by their formulas.
  Expression opened(const Expression& formula) {
    if (const Quantity* quantity = formula.quantity()) {
      const NodeId node = derived(quantity->element.node);
      if (node < 0 || is_statistic(node) || !makes_a_statistic(node)) return formula;
      return opened(step_.elements().formula(quantity->element));
    }
    if (formula.op() == nullptr) return formula;
    std::vector<Expression> operands;
    for (const Expression& operand : formula.operands()) operands.push_back(opened(operand));
    return readable(*formula.op(), std::move(operands), formula.attributes());
  }

  bool makes_a_statistic(NodeId part) const {
    const nn::PlacedLayer* layer = step_.layer_of(part);
    if (layer == nullptr || layer->layer.record().statistics.count == 0) return false;
    const Graph& graph = step_.graph();
    std::vector<NodeId> made{part};
    for (NodeId id = part + 1; id < step_.loss().id(); ++id) {
      const Node& node = graph.node(id);
      if (node.origin.layer != layer->name) continue;
      const bool is_made = std::ranges::any_of(
          node.inputs, [&](NodeId input) { return std::ranges::find(made, input) != made.end(); });
      if (!is_made) continue;
      if (is_statistic(id)) return true;
      made.push_back(id);
    }
    return false;
  }

  RunStep& step_;
};

}  // namespace

std::optional<Paths> paths_of(RunStep& step, Element derivative, int top) {
  return PathFinder(step).paths(derivative, top);
}

}  // namespace chainrule::page
