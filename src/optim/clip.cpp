#include <cmath>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/nn.h"
#include "chainrule/ops.h"

namespace chainrule {

std::vector<Value> clip_by_norm(std::vector<Value> gradients, double norm) {
  if (!(norm > 0 && std::isfinite(norm)))
    throw UsageError(fmt::format("clip_by_norm: norm = {}; it must be above 0 and finite.", norm));
  if (gradients.empty()) return gradients;
  const OriginScope scope(gradients[0].graph(), {.layer = "clipping", .phase = Phase::update});
  Value total;  // the square of the common norm
  for (const Value& g : gradients) {
    const Value square = reshape(sum(g * g), {});
    total = total ? total + square : square;
  }
  // The names are for explanations; a second clipping in one graph goes without.
  const auto named = [&](Value value, const char* name) {
    Graph& graph = value.graph();
    return graph.find(name) ? value : graph.name(value, name);
  };
  total = named(total, "gradient.norm_squared");
  // norm / max(total norm, norm), compared as squares: so the root is never that of 0, where it
  // has no derivative.
  const Value scale = named(norm / sqrt(maximum(total, norm * norm)), "gradient.scale");
  for (Value& g : gradients) g = scale * g;
  return gradients;
}

}  // namespace chainrule
