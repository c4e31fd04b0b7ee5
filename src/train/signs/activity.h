// What the hidden units of a trained network do with some rows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "chainrule/train.h"

namespace chainrule {

// Some of a part's rows, evenly spread: `most` of them, or all.
std::vector<std::int64_t> some_rows(const data::Part& part, std::int64_t most);

// A layer that ends in relu, tanh or sigmoid, and is not the network's output.
struct LayerActivity {
  std::string layer, node;  // "dense1", and what it gives: "dense1.h"
  bool is_relu = false;
  // Of each unit (of a convolution: each channel), the mean over rows, places and members of the
  // activation's derivative as a share of its largest: of relu how often it is on.
  std::vector<double> passed{};
};

// In the network's order; of whole batches of the rows, which may leave out some. `looked_at` is
// how many rows that were.
std::vector<LayerActivity> activity(Model& model, const data::Dataset& data,
                                    std::span<const std::int64_t> rows, std::int64_t& looked_at);

}  // namespace chainrule
