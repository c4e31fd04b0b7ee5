#include <cmath>

#include <fmt/format.h>

#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/picture.h"

namespace chainrule::nn {
namespace {

Slide slide_of(const MaxPool& layer) {
  return {.size = layer.size,
          .stride = {layer.stride.height > 0 ? layer.stride.height : layer.size.height,
                     layer.stride.width > 0 ? layer.stride.width : layer.size.width},
          .padding = layer.padding,
          .fill = -HUGE_VAL};
}

}  // namespace

constinit const LayerRecord max_pool_layer{
    .name = "max_pool",
    .summary = "The largest number of each window of each channel.",
    .fields = fields_of<MaxPool>({
        field<&MaxPool::size>(
            {.name = "size", .meaning = "how large the window is", .range = {1, longest_window}}),
        field<&MaxPool::stride>({.name = "stride",
                                 .meaning = "how far windows are apart; 0: side by side",
                                 .range = {0, longest_window},
                                 .is_quiet = true}),
        field<&MaxPool::padding>(
            {.name = "padding",
             .meaning = "how many rows and columns that count for nothing are put on either side",
             .range = {0, longest_window},
             .is_quiet = true}),
    }),
    .takes = RowKind::picture,
    .shape = [](const MaxPool& layer,
                Shapes x) { return slid_shape("max_pool", x[0], slide_of(layer), x[0][1]); },
    .trace =
        [](const MaxPool& layer, LayerCall& at) {
          const Value rows = windows(channels_last(at.x()), windows_of(slide_of(layer)));
          const Value y = max(rows, {3, 4});
          return at.name(channels_first(reshape(y, {y.dim(0), y.dim(1), y.dim(2), y.dim(5)})));
        },
    .title =
        [](const MaxPool& layer) {
          return fmt::format("max_pool {} x {}", layer.size.height, layer.size.width);
        },
    .words = {.en = "The largest number of each window.", .ko = "창마다 가장 큰 수를 고릅니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{
              {MaxPool{}, {2, 2, 4, 4}},
              {MaxPool{.size = {3, 2}, .stride = {2, 1}, .padding = {1, 0}}, {2, 1, 3, 4}}};
        },
};

const LayerRecord& MaxPool::record() { return max_pool_layer; }

}  // namespace chainrule::nn
