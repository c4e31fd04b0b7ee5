#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord global_max_pool_layer{
    .name = "global_max_pool",
    .summary = {"The largest number of each channel.", "채널마다 가장 큰 수를 고릅니다."},
    .source = "Lin et al. 2014",
    .fields = fields_of<GlobalMaxPool>(),
    .takes = RowKind::picture,
    .shape =
        [](const GlobalMaxPool&, Shapes x) {
          return Shape{x[0][0], x[0][1]};
        },
    .trace =
        [](const GlobalMaxPool&, LayerCall& at) {
          return at.name(reshape(max(at.x(), {2, 3}), {at.x().dim(0), at.x().dim(1)}));
        },
    .words = {.en = "The largest number of each channel.", .ko = "채널마다 가장 큰 수를 고릅니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{GlobalMaxPool{}, {2, 3, 2, 3}},
                                        {GlobalMaxPool{}, {1, 1, 1, 1}}};
        },
};

const LayerRecord& GlobalMaxPool::record() { return global_max_pool_layer; }

}  // namespace chainrule::nn
