#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord scale_layer{
    .name = "scale",
    .summary = "Multiplies each feature by a number of its own.",
    .fields = fields_of<Scale>(),
    .parameters =
        [](const Scale&, const Shape& x) {
          return LayerParameters{{.name = "weight",
                                  .shape = {x[1]},
                                  .axes = {"feature"},
                                  .start = 1.0,
                                  .decays = false}};
        },
    .trace = [](const Scale&, LayerCall& at) { return at.name(at.x() * at.parameter("weight")); },
    .words = {.en = "Each feature times a number of its own.",
              .ko = "특징마다 학습되는 수를 하나씩 곱합니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{Scale{}, {3, 4}}, {Scale{}, {1, 1}}};
        },
};

const LayerRecord& Scale::record() { return scale_layer; }

}  // namespace chainrule::nn
