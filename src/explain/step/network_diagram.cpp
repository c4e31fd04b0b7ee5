#include "explain/step/network_diagram.h"

#include <fmt/format.h>

#include "explain/formula/formula.h"
#include "explain/step/chain.h"

namespace chainrule::page {
namespace {

constexpr std::size_t most_neurons = 6;  // of a column: those that are lit, then the first ones

Sentence title_of(std::size_t column, std::size_t count) {
  if (column == 0) return {Phrase::input_layer};
  if (column + 1 == count) return {Phrase::output_layer};
  return {Phrase::hidden_layer, {static_cast<std::int64_t>(column)}};
}

// Which neurons a story's lines are about.
class StoryDrawing {
 public:
  StoryDrawing(RunStep& step, const std::vector<ChainLayer>& chain)
      : step_(step), chain_(chain), columns_(chain.size() + 1) {
    place(step.traced().x, 0);
    for (std::size_t l = 0; l < chain.size(); ++l)
      for (const Value node : {chain[l].z, chain[l].h}) place(node, l + 1);
    place(step.prediction(), chain.size());
  }

  void note(const Line& line) {
    note(line.quantity.element, true);
    note_weight(line.quantity.element);
    if (line.formula)
      for_each_quantity(*line.formula,
                        [&](const Quantity& quantity) { note(quantity.element, false); });
  }

  std::optional<Diagram> diagram() {
    std::size_t first = 0, last = columns_.size();
    while (first < last && columns_[first].empty()) ++first;
    while (last > first && columns_[last - 1].empty()) --last;
    if (last - first < 2) return {};
    Drawn drawn{.first = first, .count = columns_.size()};
    for (std::size_t column = first; column < last; ++column) {
      if (columns_[column].empty()) return {};
      shorten(columns_[column]);
      drawn.columns.push_back(columns_[column]);
    }
    drawn.neuron = [&](std::size_t column, std::int64_t unit) {
      const char* letter = column == 0 ? "x" : column + 1 == columns_.size() ? "o" : "h";
      return Neuron{.output = {fmt::format("{}{}", letter, unit), value(column, unit)}};
    };
    drawn.weight = [&](std::size_t column, std::int64_t unit, std::int64_t input) {
      const Value weight = chain_[column - 1].weight;
      return Quantity{"w", step_.elements().value({weight.id(), unit * weight.dim(1) + input})};
    };
    return diagram_of(drawn, {{Phrase::story_drawn}, {Phrase::diagram_text}});
  }

 private:
  void place(Value node, std::size_t column) {
    columns_of_[node.id()] = column;
    if (const Value gradient = step_.gradient_of(node)) columns_of_[gradient.id()] = column;
  }

  void note(Element element, bool lit) {
    const auto column = columns_of_.find(element.node);
    if (column == columns_of_.end()) return;
    const std::int64_t units = step_.graph().node(element.node).shape[1];
    bool& is_lit = columns_[column->second][element.index % units];
    is_lit = is_lit || lit;
    if (lit) sample_ = element.index / units;
  }

  // What a weight's own gradient multiplies is lit too.
  void note_weight(Element element) {
    for (std::size_t l = 0; l < chain_.size(); ++l)
      if (const Value gradient = step_.gradient_of(chain_[l].weight);
          gradient && gradient.id() == element.node)
        columns_[l][element.index % gradient.dim(1)] = true;
  }

  static void shorten(Drawn::Units& units) {
    while (units.size() > most_neurons) {
      auto last_dark = units.end();
      for (auto unit = units.begin(); unit != units.end(); ++unit)
        if (!unit->second) last_dark = unit;
      if (last_dark == units.end()) return;
      units.erase(last_dark);
    }
  }

  // Of the sample that the story follows.
  double value(std::size_t column, std::int64_t unit) {
    const Value node = column == 0                     ? step_.traced().x
                       : column + 1 == columns_.size() ? step_.prediction()
                                                       : chain_[column - 1].h;
    return step_.elements().value({node.id(), sample_ * node.dim(1) + unit});
  }

  RunStep& step_;
  const std::vector<ChainLayer>& chain_;
  std::map<NodeId, std::size_t> columns_of_;  // of what stories name
  std::int64_t sample_ = 0;
  std::vector<Drawn::Units> columns_;
};

}  // namespace

Diagram diagram_of(const Drawn& drawn, std::vector<Sentence> caption) {
  Diagram diagram{{Phrase::network_title}, std::move(caption), {}};
  for (std::size_t c = 0; c < drawn.columns.size(); ++c) {
    const std::size_t place = drawn.first + c;
    Column column{title_of(place, drawn.count), {}};
    for (const auto& [unit, lit] : drawn.columns[c]) {
      const std::size_t to = column.neurons.size();
      column.neurons.push_back(drawn.neuron(place, unit));
      column.neurons.back().lit = lit;
      std::size_t from = 0;
      if (c > 0)
        for (const auto& [input, input_lit] : drawn.columns[c - 1])
          column.connections.push_back(
              {from++, to, drawn.weight(place, unit, input), lit && input_lit});
    }
    diagram.columns.push_back(std::move(column));
  }
  return diagram;
}

std::optional<Diagram> story_diagram(RunStep& step, const Page& page) {
  const std::vector<ChainLayer> chain = chain_of(step);
  if (chain.empty()) return {};
  StoryDrawing drawing(step, chain);
  for (const Section& section : page.sections)
    for (const Block& block : section.blocks)
      if (const auto* group = std::get_if<Group>(&block))
        for (const Line& line : *group) drawing.note(line);
  return drawing.diagram();
}

}  // namespace chainrule::page
