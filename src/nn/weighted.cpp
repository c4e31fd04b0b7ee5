#include "nn/weighted.h"

#include <fmt/format.h>

namespace chainrule::nn {

LayerParameter bias_of(std::int64_t units, std::string_view unit) {
  return {.name = "bias", .shape = {units}, .axes = {unit}, .decay_factor = 0};
}

std::string followed(std::string_view between, const Activation& activation) {
  return activation == identity ? "" : fmt::format("{}{}", between, activation.name);
}

}  // namespace chainrule::nn
