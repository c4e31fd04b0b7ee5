#include "explain/step/chain.h"

#include <algorithm>
#include <string_view>

namespace chainrule::page {
namespace {

// Whether each number stays in its place.
bool keeps_places(const nn::PlacedLayer& at) {
  return at.parameters.empty() && at.x.size() == 1 && at.y == at.x[0];
}

ChainLayer chain_layer(RunStep& step, const nn::PlacedLayer& at) {
  const auto found = [&](const std::string& name) { return step.find(name).value_or(Value()); };
  ChainLayer layer{.at = &at,
                   .weight = found(full_name(at, at.parameters[0])),
                   .z = found(at.name + ".z"),
                   .h = found(at.name + ".h")};
  if (at.parameters.size() > 1) layer.bias = found(full_name(at, at.parameters[1]));
  if (!layer.h) layer.h = layer.z;
  return layer;
}

}  // namespace

bool adds_up(const nn::PlacedLayer& at) {
  constexpr std::string_view axes[] = {"unit", "input"};
  return !at.parameters.empty() && at.y.rank() == 2 &&
         std::ranges::equal(at.parameters[0].axes, axes);
}

std::vector<ChainLayer> chain_of(RunStep& step) {
  std::vector<ChainLayer> chain;
  if (step.traced().x.shape().rank() != 2) return chain;
  for (const nn::PlacedLayer& at : step.layers()) {
    if (!at.layer.inputs().empty() || !(adds_up(at) || keeps_places(at))) return {};
    if (adds_up(at)) chain.push_back(chain_layer(step, at));
  }
  return chain;
}

}  // namespace chainrule::page
