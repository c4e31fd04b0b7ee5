// What a user may ask of a step, by name.
#pragma once

#include <string>
#include <vector>

#include "explain/step/run_step.h"

namespace chainrule::page {

struct Asked {
  enum class Kind { update, value, gradient, loss, accuracy, tensor };
  Kind kind = Kind::value;
  Element element{};   // of the node itself, also where its gradient is asked for
  std::string symbol;  // as the page writes it
};

// "dense1.weight[3,5]", "dense1.z[4].gradient", "output[2]", "loss", "dense1.weight". Indices count
// from 0; a quantity of a sample may leave the sample out, then it is `sample`. Throws UsageError:
// an unknown name, with the nearest; indices that do not fit.
Asked parse_quantity(RunStep& step, const std::string& text, std::int64_t sample);

// The names that parse_quantity takes, without indices.
std::vector<std::string> names_to_ask(RunStep& step);

}  // namespace chainrule::page
