#include "explain/story/story_diagram.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "explain/formula/formula.h"

namespace chainrule::page {
namespace {

constexpr std::size_t most_neurons = 6;  // of a column: those that are lit, then the first ones

// A neuron by its layer and place; layer 0 are the inputs.
struct Place {
  std::size_t layer = 0;
  std::int64_t unit = 0, sample = 0;
};

class StoryDrawing {
 public:
  StoryDrawing(RunStep& step, const Page& page) : step_(step) {
    while (step.find(fmt::format("dense{}.weight", layers_ + 1))) ++layers_;
    columns_.resize(layers_ + 1);
    for (const Section& section : page.sections)
      for (const Block& block : section.blocks)
        if (const auto* group = std::get_if<Group>(&block))
          for (const Line& line : *group) note(line);
  }

  std::optional<Diagram> diagram() {
    std::size_t first = 0, last = layers_ + 1;
    while (first < last && columns_[first].empty()) ++first;
    while (last > first && columns_[last - 1].empty()) --last;
    if (last - first < 2) return {};
    Diagram diagram{{Phrase::network_title}, {{Phrase::story_drawn}, {Phrase::diagram_text}}, {}};
    for (std::size_t layer = first; layer < last; ++layer) {
      if (columns_[layer].empty()) return {};
      shorten(columns_[layer]);
      diagram.columns.push_back(column(layer, layer > first));
    }
    return diagram;
  }

 private:
  using Units = std::map<std::int64_t, bool>;  // lit?

  void note(const Line& line) {
    if (const auto place = place_of(line.quantity.symbol)) {
      columns_[place->layer][place->unit] = true;
      sample_ = place->sample;
    }
    note_weight(line.quantity.symbol);
    if (!line.formula) return;
    for_each_quantity(*line.formula, [&](const Quantity& quantity) {
      if (const auto place = place_of(quantity.symbol))
        columns_[place->layer].emplace(place->unit, false);
    });
  }

  // What a weight's own gradient multiplies is lit too.
  void note_weight(std::string_view symbol) {
    constexpr std::string_view begin = "dE/ddense", end = ".weight";
    const auto name_end = symbol.find(end), comma = symbol.find(',');
    if (!symbol.starts_with(begin) || name_end == std::string_view::npos) return;
    std::size_t layer = 0;
    std::int64_t input = 0;
    std::from_chars(symbol.data() + begin.size(), symbol.data() + name_end, layer);
    std::from_chars(symbol.data() + comma + 1, symbol.data() + symbol.size(), input);
    columns_[layer - 1][input] = true;
  }

  // "dense2.h[7,8]", "dE/ddense2.z[7,8]", "x[7,4]" or "p[7,8]"; the first index is the sample.
  std::optional<Place> place_of(std::string_view symbol) const {
    if (symbol.starts_with("dE/d")) symbol.remove_prefix(4);
    const auto bracket = symbol.find('['), comma = symbol.find(',');
    if (comma == std::string_view::npos) return {};
    const std::string_view name = symbol.substr(0, bracket);
    Place place;
    std::from_chars(symbol.data() + bracket + 1, symbol.data() + comma, place.sample);
    std::from_chars(symbol.data() + comma + 1, symbol.data() + symbol.size(), place.unit);
    if (name == "x") return place;
    place.layer = layers_;
    if (name == "p") return place;
    if (!name.starts_with("dense") || !(name.ends_with(".z") || name.ends_with(".h"))) return {};
    std::from_chars(name.data() + 5, name.data() + name.size(), place.layer);
    return place;
  }

  static void shorten(Units& units) {
    while (units.size() > most_neurons) {
      auto last_dark = units.end();
      for (auto unit = units.begin(); unit != units.end(); ++unit)
        if (!unit->second) last_dark = unit;
      if (last_dark == units.end()) return;
      units.erase(last_dark);
    }
  }

  Column column(std::size_t layer, bool connected) {
    const auto number = static_cast<std::int64_t>(layer);
    Column column{layer == 0         ? Sentence{Phrase::input_layer}
                  : layer == layers_ ? Sentence{Phrase::output_layer}
                                     : Sentence{Phrase::hidden_layer, {number}},
                  {}};
    for (const auto& [unit, lit] : columns_[layer]) {
      const std::size_t to = column.neurons.size();
      column.neurons.push_back({.output = {fmt::format("{}{}",
                                                       layer == 0         ? "x"
                                                       : layer == layers_ ? "o"
                                                                          : "h",
                                                       unit),
                                           value(layer, unit)},
                                .lit = lit});
      std::size_t from = 0;
      if (connected)
        for (const auto& [input, input_lit] : columns_[layer - 1])
          column.connections.push_back({from++, to, weight(layer, unit, input), lit && input_lit});
    }
    return column;
  }

  Quantity weight(std::size_t layer, std::int64_t unit, std::int64_t input) {
    const Value weights = step_.find(fmt::format("dense{}.weight", layer)).value();
    return {"w", step_.elements().value({weights.id(), unit * weights.dim(1) + input})};
  }

  // Of the sample that the story follows.
  double value(std::size_t layer, std::int64_t unit) {
    std::optional<Value> node = step_.traced().x;
    if (layer > 0) node = step_.find(fmt::format("dense{}.h", layer));
    if (layer > 0 && !node) node = step_.find(fmt::format("dense{}.z", layer));
    if (layer == layers_) node = step_.prediction();
    return step_.elements().value({node->id(), sample_ * node->dim(1) + unit});
  }

  RunStep& step_;
  std::size_t layers_ = 0;
  std::int64_t sample_ = 0;
  std::vector<Units> columns_;
};

}  // namespace

std::optional<Diagram> story_diagram(RunStep& step, const Page& page) {
  const bool is_drawn =
      step.traced().x.shape().rank() == 2 &&
      std::ranges::all_of(step.layers(), [](const nn::PlacedLayer& at) {
        return at.layer.name().empty() && at.layer.inputs().empty() &&
               (at.layer.get_if<nn::Dense>() != nullptr || at.layer.record().draws ||
                at.layer.get_if<nn::Activation>() != nullptr);
      });
  if (!is_drawn) return {};
  return StoryDrawing(step, page).diagram();
}

}  // namespace chainrule::page
