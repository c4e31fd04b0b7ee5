// How a number acts through a normalisation: directly, and through the statistics, such as mean and
// variance, that it is part of.
#pragma once

#include <optional>

#include "explain/page/page.h"
#include "explain/step/run_step.h"

namespace chainrule::page {

// The lines that a derivative with respect to such a number is added up from, and the last one, it
// itself, with its formula as a whole; empty if it is of no such number.
struct Paths {
  std::string layer{};  // that normalises
  Group lines{};
  Expression whole{};
};
std::optional<Paths> paths_of(RunStep& step, Element derivative, int top);

}  // namespace chainrule::page
