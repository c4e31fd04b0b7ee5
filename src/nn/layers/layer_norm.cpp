#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord layer_norm_layer{
    .name = "layer_norm",
    .summary =
        {"Standardises each row over its features, a picture over its channels at each place, then "
         "scales and shifts each feature.",
         "행마다 특징에 걸쳐, 그림이면 자리마다 채널에 걸쳐 표준화한 다음, 특징마다 배율을 곱하고 "
         "더해 옮깁니다."},
    .source = "Ba et al. 2016",
    .fields = fields_of<LayerNorm>({field<&LayerNorm::epsilon>(
        {.name = "epsilon",
         .meaning = {"what is added to the variance, so that equal features divide by no 0",
                     "특징들이 같을 때 0으로 나누지 않도록 분산에 더하는 값"},
         .range = {1e-12, 1}})}),
    .parameters =
        [](const LayerNorm&, Shapes x) {
          return LayerParameters{per_feature("weight", x[0], 1.0), per_feature("bias", x[0], 0.0)};
        },
    .trace =
        [](const LayerNorm& layer, LayerCall& at) {
          const std::vector<std::int64_t> features{feature_axis(at.x().shape())};
          const Value average = at.name(mean(at.x(), features), "mean");  // one per row, or place
          const Value centred = at.name(at.x() - average, "centred");
          const Value variance = at.name(mean(centred * centred, features), "variance");
          const Value standard = at.name(centred / sqrt(variance + layer.epsilon), "standardised");
          const Value scaled = standard * at.along_features(at.parameter("weight"));
          return at.name(scaled + at.along_features(at.parameter("bias")));
        },
    .statistics = {"mean", "variance"},
    .words =
        {.en =
             "Each row is standardised over its features, then each feature is scaled and shifted.",
         .ko = "행마다 특징들을 평균 0, 분산 1이 되도록 표준화한 뒤, 특징마다 크기와 위치를 "
               "바꿉니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{LayerNorm{}, {3, 4}},
                                        {LayerNorm{.epsilon = 0.5}, {2, 3}},
                                        {LayerNorm{}, {2, 1}},
                                        {LayerNorm{}, {2, 3, 2, 1}}};
        },
};

const LayerRecord& LayerNorm::record() { return layer_norm_layer; }

}  // namespace chainrule::nn
