#include <fmt/format.h>

#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord dropout_layer{
    .name = "dropout",
    .summary =
        {"While training, zeroes numbers at random and scales the others up to make up for it.",
         "학습할 때 무작위로 고른 수를 0으로 두고 나머지를 그만큼 키웁니다."},
    .source = "Srivastava et al. 2014",
    .fields = fields_of<Dropout>({field<&Dropout::rate>(
        {.name = "rate",
         .meaning = {"with which probability a number is zeroed", "수를 0으로 둘 확률"},
         .range = {.low = 0, .high = 1, .has_high = false},
         .example = "0.2"})}),
    .trace =
        [](const Dropout& layer, LayerCall& at) {
          if (!at.training() || layer.rate == 0) return at.x();
          const Value factor = at.dropout_factor();
          return at.name(
              factor ? dropout(at.x(), at.counter(), layer.rate * factor, at.seed(), at.number())
                     : dropout(at.x(), at.counter(), layer.rate, at.seed(), at.number()));
        },
    .draws = true,
    .has_modes = true,
    .never_last = "would drop its answers",
    .title = [](const Dropout& layer) { return fmt::format("dropout {}", layer.rate); },
    .words = {.en = "Numbers are zeroed at random while training, and the others scaled up to make "
                    "up for it.",
              .ko = "학습 중에 무작위로 일부 수를 0으로 만들고 나머지를 그만큼 키웁니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{Dropout{0.4}, {4, 5}}, {Dropout{0.0}, {2, 3}}};
        },
};

const LayerRecord& Dropout::record() { return dropout_layer; }

}  // namespace chainrule::nn
