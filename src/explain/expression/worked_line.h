// One line of an expression by itself: its values, and how much each changes with each number that
// the line uses. A small graph of the line alone, so that nothing acts but on the line directly.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "explain/expression/line_reader.h"
#include "explain/page/page.h"

namespace chainrule::page {

using QuantityOf = std::function<Quantity(const std::string& symbol)>;

// The statement's values as nodes of the graph, in terms of those of the quantities that it names.
std::vector<Value> traced(Graph& graph, const Statement& statement,
                          const std::function<Value(const std::string& symbol)>& node_of);

struct WorkedLine {
  std::vector<std::string> uses;          // what its formula names, each once, from left to right
  std::vector<Line> made;                 // its values, with their formulas
  std::vector<std::vector<Line>> locals;  // [made][uses], the derivatives
};

// `quantity_of` knows what the line uses and what it makes, with their values.
WorkedLine worked_line(const Statement& statement, const QuantityOf& quantity_of);

// Whether the number needs no decimals.
bool is_whole(double value);

// "df/dx"
std::string derivative_symbol(const std::string& of, const std::string& by);

}  // namespace chainrule::page
