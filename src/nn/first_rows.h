// What first weights that depend on the training data have at hand: a layer at work on a few rows.
#pragma once

#include <span>
#include <string_view>

#include "nn/layer.h"

namespace chainrule::nn {

class FirstRows {
 public:
  virtual ~FirstRows() = default;

  // A node of the layer, such as "z", over the first rows of the training data: [rows, ...], as
  // after training; so many rows at most. The layers before it have their first weights already.
  virtual Tensor node(std::string_view part, std::int64_t most_rows) = 0;

  // As many rows as say how large sums are, to some percent.
  static constexpr std::int64_t few = 256;

  // The first values of one of its parameters, to be changed.
  virtual std::span<float> parameter(std::string_view name) = 0;
  virtual Shape shape(std::string_view parameter) = 0;
};

// Divides each unit's weights by the standard deviation of its sums, "z", and moves its bias, if it
// has one, so that their mean is 0. A unit whose sums do not differ keeps its weights. `unit_axis`
// is that of the weights. Salimans & Kingma 2016, section 3.
void standardise(FirstRows& at, int unit_axis, bool has_bias);

}  // namespace chainrule::nn
