// Rows of a table in the place of ids.
#pragma once

#include "chainrule/ops.h"
#include "nn/layer_call.h"

namespace chainrule::nn {

// [rows, ids, size] for ids [rows, ids] and a table [entries, size].
inline Value looked_up(Value ids, Value table) {
  const std::int64_t rows = ids.dim(0), count = ids.dim(1);
  return reshape(gather(table, reshape(ids, {rows * count})), {rows, count, table.dim(1)});
}

// The table's weight, [entries, size].
template <class Lookup>
LayerParameters table_of(const Lookup& layer, Init start) {
  return {{.name = "weight",
           .shape = {layer.entries, layer.size},
           .axes = {"id", "number"},
           .start = start}};
}

}  // namespace chainrule::nn
