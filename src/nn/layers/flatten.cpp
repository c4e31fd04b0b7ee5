#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord flatten_layer{
    .name = "flatten",
    .summary = {"All numbers of a row behind each other. Dense layers do so by themselves.",
                "행의 모든 수를 한 줄로 늘어놓습니다. 완전 연결층은 스스로 그렇게 합니다."},
    .fields = fields_of<Flatten>(),
    .takes = RowKind::features,
    .moves_numbers = true,
    .trace = [](const Flatten&, LayerCall& at) { return at.x(); },
    .words = {.en = "All numbers of a row behind each other.",
              .ko = "한 행의 모든 수를 한 줄로 늘어놓습니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{Flatten{}, {2, 3, 2, 2}}, {Flatten{}, {2, 3}}};
        },
};

const LayerRecord& Flatten::record() { return flatten_layer; }

}  // namespace chainrule::nn
