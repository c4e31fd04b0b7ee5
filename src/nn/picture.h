// Pictures in layers: [batch, channels, height, width] for users, channels last for the operations.
#pragma once

#include "chainrule/nn.h"
#include "chainrule/ops.h"

namespace chainrule::nn {

inline constexpr std::int64_t longest_window = 1'000'000;  // also strides and paddings

Value channels_last(Value x);
Value channels_first(Value x);

struct Slide {
  Extents size = 1, stride = 1, padding = 0, dilation = 1;
  double fill = 0;
};
Windows windows_of(const Slide& slide);

// [batch, channels, height, width] of what is made of each window of such a picture; throws
// UsageError if no window fits.
Shape slid_shape(std::string_view layer, const Shape& x, const Slide& slide, std::int64_t channels);

// x [batch, height, width, channels], weight [units, channels, kernel height, kernel width] ->
// [batch, windows down, windows across, units].
Value convolution(Value x, Value weight, const Windows& where);

}  // namespace chainrule::nn
