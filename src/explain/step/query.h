// What a user may ask of a step, by name.
#pragma once

#include <string>
#include <vector>

#include "explain/step/run_step.h"

namespace chainrule::page {

struct Asked {
  // A letter is one of the optimizer's rule, or of a schedule; a layer stands for all its names.
  enum class Kind { update, value, gradient, loss, accuracy, tensor, letter, layer };
  Kind kind = Kind::value;
  Element element{};   // of the node itself, also where its gradient is asked for
  std::string symbol;  // as the page writes it
};

// "dense1.weight[3,5]", "dense1.z[4].gradient", "output[2]", "loss", "dense1.weight", and whatever
// else pages call numbers: dE/ddense1.z[0,4], dense1.weight[3,5]+, E, eta, dense1. Indices count
// from 0; a quantity of a sample may leave the sample out, then it is `sample`. Throws UsageError:
// an unknown name, with the nearest; indices that do not fit.
Asked parse_quantity(RunStep& step, const std::string& text, std::int64_t sample);

// The names that parse_quantity takes, without indices; of one layer if it is not empty.
std::vector<std::string> names_to_ask(RunStep& step, const std::string& layer = {});

}  // namespace chainrule::page
