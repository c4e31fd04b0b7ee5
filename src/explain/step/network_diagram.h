// A network as a drawing: columns of neurons, the inputs first, and the weights between them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "explain/page/page.h"
#include "explain/step/run_step.h"

namespace chainrule::page {

// What is drawn. Column 0 are the inputs, the last of `count` the outputs.
struct Drawn {
  using Units = std::map<std::int64_t, bool>;  // of a column: which, and whether they are lit

  std::size_t first = 0, count = 0;  // the first column that is drawn, of all
  std::vector<Units> columns{};      // from that one on
  std::function<Neuron(std::size_t column, std::int64_t unit)> neuron{};
  std::function<Quantity(std::size_t column, std::int64_t unit, std::int64_t input)> weight{};
};

// A line is lit if both its ends are.
Diagram diagram_of(const Drawn& drawn, std::vector<Sentence> caption);

// Of a story's lines: what they are about is lit, what their formulas name stands beside it. Empty
// where that is less than two columns of neurons in a row, or the network is no chain.
std::optional<Diagram> story_diagram(RunStep& step, const Page& page);

}  // namespace chainrule::page
