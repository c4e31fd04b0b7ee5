#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord multiply_layer{
    .name = "multiply",
    .summary = {"Multiplies the numbers of several layers, one by one.",
                "여러 층의 수를 같은 자리끼리 곱합니다."},
    .fields = fields_of<Multiply>(),
    .inputs = {2, -1},
    .shape = [](const Multiply&, Shapes x) { return common_shape(x); },
    .trace =
        [](const Multiply&, LayerCall& at) {
          Value product = at.x(0);
          for (const Value& x : at.all().subspan(1)) product = product * x;
          return at.name(product);
        },
    .words = {.en = "The numbers of several layers are multiplied, one by one.",
              .ko = "여러 층의 수를 하나씩 곱합니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{
              {Multiply{}, {2, 3}, {Shape{2, 3}}},
              {Multiply{}, {2, 1}, {Shape{2, 1}, Shape{2, 1}}},
          };
        },
};

const LayerRecord& Multiply::record() { return multiply_layer; }

}  // namespace chainrule::nn
