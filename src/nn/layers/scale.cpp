#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord scale_layer{
    .name = "scale",
    .summary = {"Multiplies each feature, or each channel of a picture, by a number of its own.",
                "특징마다, 그림이면 채널마다 다른 수를 곱합니다."},
    .fields = fields_of<Scale>(),
    .parameters = [](const Scale&,
                     Shapes x) { return LayerParameters{per_feature("weight", x[0], 1.0)}; },
    .trace =
        [](const Scale&, LayerCall& at) {
          return at.name(at.x() * at.along_features(at.parameter("weight")));
        },
    .words = {.en = "Each feature times a number of its own.",
              .ko = "특징마다 학습되는 수를 하나씩 곱합니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{
              {Scale{}, {3, 4}}, {Scale{}, {1, 1}}, {Scale{}, {2, 3, 2, 2}}};
        },
};

const LayerRecord& Scale::record() { return scale_layer; }

}  // namespace chainrule::nn
