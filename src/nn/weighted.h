// What layers share whose units add up inputs times weights, and a bias.
#pragma once

#include "nn/layer.h"

namespace chainrule::nn {

template <auto member>
constexpr Field sums_activation_field() {
  return field<member>({.name = "activation", .meaning = "what is done to each sum"});
}

template <auto member>
constexpr Field init_field() {
  return field<member>({.name = "init",
                        .meaning = "how weights start; automatic: he before rectifiers, xavier "
                                   "before the others",
                        .is_quiet = true});
}

// One number per unit, which starts at 0 and is not pulled there.
LayerParameter bias_of(std::int64_t units, std::string_view unit);

// "" for the identity, else "relu" behind what is between.
std::string followed(std::string_view between, const Activation& activation);

}  // namespace chainrule::nn
