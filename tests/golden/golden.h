// Small trainings that between them take every way through the engine: all operations, activations,
// losses, optimizers, shapes of products and sums. What they end with is written down as hashes,
// which hold on every processor and from every compiler (docs/exact.md).
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule::golden {

// What must not matter.
struct Way {
  std::set<std::string> skip{};  // compiler passes left out
  int threads = 1;
};

struct Training {
  std::string name;
  std::function<std::string(const Way&)> hash;  // of all numbers that it ends with
};
std::vector<Training> trainings();

// What is written down for it; "" if nothing is.
std::string_view expected(std::string_view name);

}  // namespace chainrule::golden
