#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord global_average_pool_layer{
    .name = "global_average_pool",
    .summary = {"The mean of each channel over all places.",
                "채널마다 모든 자리의 평균을 구합니다."},
    .source = "Lin et al. 2014",
    .fields = fields_of<GlobalAveragePool>(),
    .takes = RowKind::picture,
    .shape =
        [](const GlobalAveragePool&, Shapes x) {
          return Shape{x[0][0], x[0][1]};
        },
    .trace =
        [](const GlobalAveragePool&, LayerCall& at) {
          return at.name(reshape(mean(at.x(), {2, 3}), {at.x().dim(0), at.x().dim(1)}));
        },
    .words = {.en = "The mean of each channel.", .ko = "채널마다 전체의 평균을 냅니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{GlobalAveragePool{}, {2, 3, 2, 3}},
                                        {GlobalAveragePool{}, {1, 1, 1, 1}}};
        },
};

const LayerRecord& GlobalAveragePool::record() { return global_average_pool_layer; }

}  // namespace chainrule::nn
