// A calculation whose every number goes into a hash.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "chainrule/graph.h"
#include "golden/golden.h"

namespace chainrule::golden {

// A graph, the variables' first values, and what its inputs are given at every step.
struct Example {
  Graph graph{};
  std::vector<std::pair<std::string, DoubleTensor>> variables{};
  std::function<void(std::int64_t step, const std::string& input, std::span<float> numbers)> feed{};
};

DoubleTensor drawn(const Shape& shape, double low, double high, RandomStream& random);

// Runs the steps. The hash is of every output after every step, and of the variables at the end.
std::string run(const Example& example, std::int64_t steps, const Way& way);

// Networks with every activation, loss and optimizer, and trainings on tables of the project.
void add_networks(std::vector<Training>& list);
void add_tables(std::vector<Training>& list);

}  // namespace chainrule::golden
