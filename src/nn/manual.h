// What documents and lists say of the layers.
#pragma once

#include <string>

#include "nn/layer.h"

namespace chainrule::nn {

// The field's default as a person would write it: "relu", "0.5"; or that it must be given.
Text default_text(const LayerRecord& record, const Field& field);

// docs/layers.md: every layer of the list, with its fields and parameters.
std::string layer_manual();

}  // namespace chainrule::nn
