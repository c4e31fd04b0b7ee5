#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord activation_layer{
    .name = "activation",
    .summary =
        {"A function of each number; right behind a layer that has none, it is that layer's.",
         "수마다 적용하는 함수입니다. 활성화 함수가 없는 층 바로 뒤에 오면 그 층의 것이 됩니다."},
    .fields = fields_of<Activation>(
        {field_itself<Activation>({.name = "activation",
                                   .meaning = {"which function", "어떤 함수인지"},
                                   .example = "\"relu\""})}),
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
