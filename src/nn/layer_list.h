// Every layer's record: those of the one list in layers.inc, and those that a program adds.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "nn/layer.h"

namespace chainrule::nn {

#define CHAINRULE_LAYER(name) extern const LayerRecord name##_layer;
#include "nn/layers.inc"
#undef CHAINRULE_LAYER

std::span<const LayerRecord* const> all_layers();  // of layers.inc

// Makes network files know a layer of the program's own, from now on; throws UsageError if its name
// is taken. Threads: any may call it and what follows.
void register_layer(const LayerRecord& record);

// The layer of this name, or null; and the names of all.
const LayerRecord* find_layer(std::string_view name);
std::vector<std::string> layer_names();

}  // namespace chainrule::nn
