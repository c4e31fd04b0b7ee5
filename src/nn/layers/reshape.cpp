#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord reshape_layer{
    .name = "reshape",
    .summary = {"The same numbers in the same order, in rows of another shape.",
                "같은 수를 같은 순서로 다른 모양의 행에 담습니다."},
    .fields = fields_of<Reshape>({
        field<&Reshape::shape>({.name = "shape",
                                .meaning = {"of a row", "행의 모양"},
                                .range = {1, 10'000'000},
                                .example = "[1, 28, 28]"}),
    }),
    .moves_numbers = true,
    .shape =
        [](const Reshape& layer, Shapes x) {
          const Shape row = x[0].row();
          if (layer.shape.size() != row.size())
            throw UsageError(fmt::format(
                "shape = {} holds {} numbers, and the rows it gets hold {}, "
                "of shape {}",
                layer.shape.to_string(), layer.shape.size(), row.size(), row.to_string()));
          return layer.shape.batch(x[0][0]);
        },
    .trace = [](const Reshape& layer,
                LayerCall& at) { return reshape(at.x(), layer.shape.batch(at.x().dim(0))); },
    .title = [](const Reshape& layer) { return "reshape " + layer.shape.to_string(); },
    .words = {.en = "The same numbers, in rows of another shape.",
              .ko = "같은 수를 같은 순서로, 행의 모양만 바꿉니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{Reshape{.shape = {2, 3}}, {2, 6}},
                                        {Reshape{.shape = {1, 2, 2}}, {3, 4, 1}}};
        },
};

const LayerRecord& Reshape::record() { return reshape_layer; }

}  // namespace chainrule::nn
