#include "nn/picture.h"

#include "ops/window_shape.h"

namespace chainrule::nn {

Value channels_last(Value x) { return transpose(x, {0, 2, 3, 1}); }
Value channels_first(Value x) { return transpose(x, {0, 3, 1, 2}); }

Windows windows_of(const Slide& slide) {
  const auto pair = [](Extents extents) { return Windows::Pair{extents.height, extents.width}; };
  return {.size = pair(slide.size),
          .stride = pair(slide.stride),
          .dilation = pair(slide.dilation),
          .before = pair(slide.padding),
          .after = pair(slide.padding),
          .fill = slide.fill};
}

Shape slid_shape(std::string_view layer, const Shape& x, const Slide& slide,
                 std::int64_t channels) {
  const Shape windows = windows_shape(layer, {x[0], x[2], x[3], x[1]}, windows_of(slide));
  return {x[0], channels, windows[1], windows[2]};
}

Value pooled(Value y) {
  return channels_first(reshape(y, {y.dim(0), y.dim(1), y.dim(2), y.dim(5)}));
}

Value convolution(Value x, Value weight, const Windows& where) {
  const Value rows = windows(x, where);
  const Shape r = rows.shape();
  const Shape outputs{r[0], r[1], r[2], weight.dim(0)};
  const std::int64_t terms = r[3] * r[4] * r[5];
  const Value flat_rows = reshape(rows, {outputs[0] * outputs[1] * outputs[2], terms});
  const Value flat_weight = reshape(transpose(weight, {2, 3, 1, 0}), {terms, outputs[3]});
  return reshape(matmul(flat_rows, flat_weight), outputs);
}

}  // namespace chainrule::nn
