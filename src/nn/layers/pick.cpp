#include <algorithm>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "words/messages.h"

namespace chainrule::nn {
namespace {

Shape picked_shape(const Pick& layer, const Shape& x) {
  const std::int64_t largest = std::ranges::max(layer.features);
  if (x[1] > 0 && largest >= x[1])
    throw UsageError(fmt::format(
        "feature {} does not exist; the rows have {}, counted from 0. Pick from 0 to {}", largest,
        x[1], x[1] - 1));
  return x.with(1, static_cast<std::int64_t>(layer.features.size()));
}

}  // namespace

constinit const LayerRecord pick_layer{
    .name = "pick",
    .summary = {"Features of a row by their numbers, in this order.",
                "행의 특징을 번호로 골라 이 순서대로 늘어놓습니다."},
    .fields = fields_of<Pick>({
        field<&Pick::features>(
            {.name = "features",
             .meaning = {"the features' numbers, from 0", "0부터 세는 특징의 번호"},
             .range = {0, 10'000'000},
             .example = "[0, 1]"}),
    }),
    .require =
        [](const Pick& layer) {
          if (layer.features.empty())
            throw UsageError("features = []; name one at least, such as [0]");
        },
    .takes = RowKind::features,
    .moves_numbers = true,
    .picks = [](const Pick& layer) { return layer.features; },
    .shape = [](const Pick& layer, Shapes x) { return picked_shape(layer, x[0]); },
    .trace =
        [](const Pick& layer, LayerCall& at) {
          const auto count = static_cast<std::int64_t>(layer.features.size());
          const std::vector<double> numbers(layer.features.begin(), layer.features.end());
          const Value rows = at.x().graph().constant(DoubleTensor({count}, numbers));
          return at.name(transpose(gather(transpose(at.x()), rows)));
        },
    .title =
        [](const Pick& layer) { return in_words(Phrase::title_picked, layer.features.size()); },
    .words = {.en = "Some of the row's features, as they are.",
              .ko = "행의 특징 가운데 일부를 그대로 가져옵니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{Pick{{2, 0}}, {3, 4}}, {Pick{{0}}, {1, 1}}};
        },
};

const LayerRecord& Pick::record() { return pick_layer; }

}  // namespace chainrule::nn
