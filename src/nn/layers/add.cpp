#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord add_layer{
    .name = "add",
    .summary = {"Adds the numbers of several layers, one by one.",
                "여러 층의 수를 같은 자리끼리 더합니다."},
    .fields = fields_of<Add>(),
    .inputs = {2, -1},
    .shape = [](const Add&, Shapes x) { return common_shape(x); },
    .trace =
        [](const Add&, LayerCall& at) {
          Value total = at.x(0);
          for (const Value& x : at.all().subspan(1)) total = total + x;
          return at.name(total);
        },
    .words = {.en = "The numbers of several layers are added, one by one.",
              .ko = "여러 층의 수를 하나씩 더합니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{
              {Add{}, {2, 3}, {Shape{2, 3}}},
              {Add{}, {2, 2, 2, 1}, {Shape{2, 2, 2, 1}, Shape{2, 2, 2, 1}}},
          };
        },
};

const LayerRecord& Add::record() { return add_layer; }

}  // namespace chainrule::nn
