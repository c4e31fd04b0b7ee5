#include <fmt/format.h>

#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/picture.h"

namespace chainrule::nn {
namespace {

Slide slide_of(const AveragePool& layer) {
  return {.size = layer.size,
          .stride = {layer.stride.height > 0 ? layer.stride.height : layer.size.height,
                     layer.stride.width > 0 ? layer.stride.width : layer.size.width},
          .padding = layer.padding};
}

}  // namespace

constinit const LayerRecord average_pool_layer{
    .name = "average_pool",
    .summary = "The mean of each window of each channel.",
    .fields = fields_of<AveragePool>({
        field<&AveragePool::size>(
            {.name = "size", .meaning = "how large the window is", .range = {1, longest_window}}),
        field<&AveragePool::stride>({.name = "stride",
                                     .meaning = "how far windows are apart; 0: side by side",
                                     .range = {0, longest_window},
                                     .is_quiet = true}),
        field<&AveragePool::padding>(
            {.name = "padding",
             .meaning = "how many rows and columns of 0 are put on either side",
             .range = {0, longest_window},
             .is_quiet = true}),
    }),
    .takes = RowKind::picture,
    .shape = [](const AveragePool& layer,
                Shapes x) { return slid_shape("average_pool", x[0], slide_of(layer), x[0][1]); },
    .trace =
        [](const AveragePool& layer, LayerCall& at) {
          const Value rows = windows(channels_last(at.x()), windows_of(slide_of(layer)));
          const Value y = mean(rows, {3, 4});
          return at.name(channels_first(reshape(y, {y.dim(0), y.dim(1), y.dim(2), y.dim(5)})));
        },
    .title =
        [](const AveragePool& layer) {
          return fmt::format("average_pool {} x {}", layer.size.height, layer.size.width);
        },
    .words = {.en = "The mean of each window.", .ko = "창마다 평균을 냅니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{
              {AveragePool{}, {2, 2, 4, 4}},
              {AveragePool{.size = {3, 2}, .stride = {2, 1}, .padding = {1, 0}}, {2, 1, 3, 4}}};
        },
};

const LayerRecord& AveragePool::record() { return average_pool_layer; }

}  // namespace chainrule::nn
