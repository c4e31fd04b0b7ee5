#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord activation_layer{
    .name = "activation",
    .summary = "A function of each number; right behind a layer that has none, it is that layer's.",
    .fields = fields_of<Activation>({field_itself<Activation>(
        {.name = "activation", .meaning = "which function", .example = "\"relu\""})}),
    .trace = [](const Activation& activation,
                LayerCall& at) { return at.activate(activation, at.x()); },
    .title = [](const Activation& activation) { return activation.name; },
    .words = {.en = "A function of each number.", .ko = "각 수에 함수를 적용합니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{gelu, {2, 3}}, {softmax, {3, 4}}, {tanh, {1, 1}}};
        },
};

const LayerRecord& Activation::record() { return activation_layer; }

}  // namespace chainrule::nn
