#include <cmath>

#include <fmt/format.h>

#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/picture.h"

namespace chainrule::nn {

constinit const LayerRecord max_pool_layer{
    .name = "max_pool",
    .summary = {"The largest number of each window of each channel.",
                "채널마다, 창마다 가장 큰 수를 고릅니다."},
    .fields = pool_fields<MaxPool>(
        {"how many rows and columns that count for nothing are put on either side",
         "양쪽에 붙이는, 셈에 넣지 않는 행과 열의 수"}),
    .takes = RowKind::picture,
    .shape =
        [](const MaxPool& layer, Shapes x) {
          return slid_shape("max_pool", x[0], slide_of(layer, -HUGE_VAL), x[0][1]);
        },
    .trace =
        [](const MaxPool& layer, LayerCall& at) {
          const Value rows = windows(channels_last(at.x()), windows_of(slide_of(layer, -HUGE_VAL)));
          return at.name(pooled(max(rows, {3, 4})));
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
