// A network's layers, each at its place: named, with the shapes around it and its parameters. What
// traces, lists and checks networks walks over these.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/layer.h"

namespace chainrule::nn {

struct PlacedLayer {
  std::string name;          // "dense2": the second of its kind
  std::uint64_t number = 0;  // 2
  Layer layer;               // with the activation behind it, if that is its own
  Shape x{}, y{};            // what it takes and gives
  LayerParameters parameters{};
};

// An activation behind a layer that has a field for one and none in it is that layer's own, and the
// identity is no layer; the others are numbered, each kind from 1. Throws UsageError: no layer, one
// that may not be the last at the end, fields out of range, or values for parameters of other
// shapes. It allocates none of the parameters, however large they are said to be.
std::vector<PlacedLayer> placed(const Sequential& model, const Shape& x);

// Whether a layer of it draws at random while training.
bool draws(const Sequential& model);

// What the network's last layer does last, as far as losses care.
Activation last_activation(const Sequential& model);

}  // namespace chainrule::nn
