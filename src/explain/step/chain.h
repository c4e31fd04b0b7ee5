// Networks whose layers of weighted sums stand one behind the other: those that are drawn, and that
// the worked page has words for.
#pragma once

#include <vector>

#include "explain/step/run_step.h"

namespace chainrule::page {

// A layer whose units add up all numbers of the one before it, and what it does with the sums.
struct ChainLayer {
  const nn::PlacedLayer* at = nullptr;
  Value weight{}, bias{};  // [units, inputs], [units]; without a bias empty
  Value z{}, h{};          // [batch, units]; one node where the activation is the identity
};

bool adds_up(const nn::PlacedLayer& at);  // is it such a layer?

// From the input to the output; empty if the network is no such chain.
std::vector<ChainLayer> chain_of(RunStep& step);

}  // namespace chainrule::page
