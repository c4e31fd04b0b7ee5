#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord prelu_layer{
    .name = "prelu",
    .summary = {"Passes positive numbers on and multiplies negative ones by a trainable slope, one "
                "per feature.",
                "양수는 그대로 보내고 음수에는 특징마다 하나씩 학습하는 기울기를 곱합니다."},
    .source = "He et al. 2015",
    .fields = fields_of<Prelu>(
        {field<&Prelu::start>({.name = "start",
                               .meaning = {"where the slopes start", "기울기의 처음 값"},
                               .range = {-100, 100}})}),
    .parameters = [](const Prelu& layer,
                     Shapes x) { return LayerParameters{per_feature("slope", x[0], layer.start)}; },
    .trace =
        [](const Prelu&, LayerCall& at) {
          const Value x = at.x(), below = x * at.along_features(at.parameter("slope"));
          return at.name(select(greater(x, 0.0), x, below));  // at 0 as steep as below it
        },
    .words = {.en =
                  "Positive numbers are passed on, negative ones multiplied by a trainable slope.",
              .ko = "양수는 그대로 보내고 음수에는 학습되는 기울기를 곱합니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{
              {Prelu{}, {3, 4}}, {Prelu{.start = 0.0}, {2, 1}}, {Prelu{}, {2, 3, 2, 1}}};
        },
};

const LayerRecord& Prelu::record() { return prelu_layer; }

}  // namespace chainrule::nn
