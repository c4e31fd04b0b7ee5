// Pictures in layers: [batch, channels, height, width] for users, channels last for the operations.
#pragma once

#include "chainrule/nn.h"
#include "chainrule/ops.h"
#include "nn/field.h"

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

// What max_pool and average_pool share: struct Pool has size, stride and padding, and a stride of 0
// is the size.
template <class Pool>
Slide slide_of(const Pool& pool, double fill) {
  const auto [height, width] = pool.stride;
  return {.size = pool.size,
          .stride = {height > 0 ? height : pool.size.height, width > 0 ? width : pool.size.width},
          .padding = pool.padding,
          .fill = fill};
}
template <class Pool>
constexpr FieldList pool_fields(Words what_padding_is) {
  return fields_of<Pool>({
      field<&Pool::size>({.name = "size",
                          .meaning = {"how large the window is", "창의 크기"},
                          .range = {1, longest_window}}),
      field<&Pool::stride>({.name = "stride",
                            .meaning = {"how far windows are apart; 0: side by side",
                                        "창 사이의 간격. 0이면 겹치지 않고 나란히"},
                            .range = {0, longest_window},
                            .is_quiet = true}),
      field<&Pool::padding>({.name = "padding",
                             .meaning = what_padding_is,
                             .range = {0, longest_window},
                             .is_quiet = true}),
  });
}

// Of each window one number: [batch, windows down, windows across, 1, 1, channels] as a picture.
Value pooled(Value y);

// x [batch, height, width, channels], weight [units, channels, kernel height, kernel width] ->
// [batch, windows down, windows across, units].
Value convolution(Value x, Value weight, const Windows& where);

}  // namespace chainrule::nn
