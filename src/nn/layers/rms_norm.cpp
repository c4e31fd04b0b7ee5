#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord rms_norm_layer{
    .name = "rms_norm",
    .summary =
        {"Divides each row, a picture at each place, by the root of its features' mean square, "
         "then scales each feature.",
         "행마다, 그림이면 자리마다 특징의 제곱 평균의 제곱근으로 나눈 다음, 특징마다 배율을 "
         "곱합니다."},
    .source = "Zhang & Sennrich 2019",
    .fields = fields_of<RmsNorm>({field<&RmsNorm::epsilon>(
        {.name = "epsilon",
         .meaning = {"what is added to the mean square, so that a row of 0 divides by no 0",
                     "행이 모두 0일 때 0으로 나누지 않도록 제곱 평균에 더하는 값"},
         .range = {1e-12, 1}})}),
    .parameters = [](const RmsNorm&,
                     Shapes x) { return LayerParameters{per_feature("weight", x[0], 1.0)}; },
    .trace =
        [](const RmsNorm& layer, LayerCall& at) {
          const Value square =
              at.name(mean(at.x() * at.x(), {feature_axis(at.x().shape())}), "mean_square");
          const Value standard = at.name(at.x() / sqrt(square + layer.epsilon), "standardised");
          return at.name(standard * at.along_features(at.parameter("weight")));
        },
    .statistics = {"mean_square"},
    .words = {.en = "Each row is divided by the root of its mean square, then each feature scaled.",
              .ko = "행마다 제곱평균제곱근으로 나눈 뒤 특징마다 크기를 바꿉니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{
              {RmsNorm{}, {3, 4}}, {RmsNorm{.epsilon = 0.5}, {2, 1}}, {RmsNorm{}, {2, 3, 2, 1}}};
        },
};

const LayerRecord& RmsNorm::record() { return rms_norm_layer; }

}  // namespace chainrule::nn
