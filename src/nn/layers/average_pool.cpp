#include <fmt/format.h>

#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/picture.h"

namespace chainrule::nn {

constinit const LayerRecord average_pool_layer{
    .name = "average_pool",
    .summary = {"The mean of each window of each channel.", "채널마다, 창마다 평균을 구합니다."},
    .fields = pool_fields<AveragePool>({"how many rows and columns of 0 are put on either side",
                                        "양쪽에 붙이는, 0으로 채운 행과 열의 수"}),
    .takes = RowKind::picture,
    .shape = [](const AveragePool& layer,
                Shapes x) { return slid_shape("average_pool", x[0], slide_of(layer, 0), x[0][1]); },
    .trace =
        [](const AveragePool& layer, LayerCall& at) {
          const Value rows = windows(channels_last(at.x()), windows_of(slide_of(layer, 0)));
          return at.name(pooled(mean(rows, {3, 4})));
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
