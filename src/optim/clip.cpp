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
  // norm / max(total norm, norm), compared as squares: so the root is never that of 0, where it
  // has no derivative.
  const Value scale = norm / sqrt(maximum(total, norm * norm));
  for (Value& g : gradients) g = scale * g;
  return gradients;
}

}  // namespace chainrule
