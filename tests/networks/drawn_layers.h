// One layer at a time: its fields, and the shapes and parameters that follow from them.
#pragma once

#include <optional>

#include "networks/drawing.h"
#include "networks/drawn_network.h"

namespace chainrule::drawn {

// How many features a row has, or a picture channels.
std::int64_t features_of(const Shape& x);

// Of a layer that reads rows of shape `x`: y and the parameters.
void work_out(DrawnLayer& layer);

// The layer's own, or the identity.
nn::Activation activation_of(const DrawnLayer& at);

nn::Activation draw_activation(Drawing& draw);

// A layer of any kind that reads one layer and takes rows of this shape; empty if what was drawn
// does not fit.
std::optional<DrawnLayer> draw_layer(Drawing& draw, const Shape& x);

// The same, and its rows come out as they came in, but for the number of features or channels.
DrawnLayer draw_keeping_layer(Drawing& draw, const Shape& x, std::int64_t features);

DrawnLayer layer_on(const nn::Layer& layer, const Shape& x);

}  // namespace chainrule::drawn
