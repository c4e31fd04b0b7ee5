#include <fmt/format.h>

#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/lookup.h"
#include "words/messages.h"

namespace chainrule::nn {
namespace {

// A mean would make one word among many say little however much the network makes of it, and a sum
// would make long texts loud: divided by the root of their number, independent terms keep their
// variance.
Value traced_bag(const EmbeddingBag& layer, LayerCall& at) {
  const std::int64_t rows = at.x().dim(0), ids = at.x().dim(1);
  const Value found = at.name(looked_up(at.x(), at.parameter("weight")), "found");
  const Value is_there = greater(at.x(), 0);
  const Value count = at.name(maximum(sum(is_there, {1}), 1), "count");
  const Value total = sum(found * reshape(is_there, {rows, ids, 1}), {1});
  return at.name(reshape(total, {rows, layer.size}) / sqrt(count));
}

}  // namespace

constinit const LayerRecord embedding_bag_layer{
    .name = "embedding_bag",
    .summary =
        {"Each number of a row is an id, and 0 is none: what comes is one row [size], the sum of "
         "the "
         "table's rows of the ids that are there, divided by the root of their number.",
         "행의 수는 id이고 0은 없음을 뜻합니다. 있는 id에 해당하는 표의 행을 더하고 그 개수의 "
         "제곱근으로 나눈 행 [size] 하나가 됩니다."},
    .source = "Joulin et al. 2017",
    .fields = fields_of<EmbeddingBag>({
        field<&EmbeddingBag::entries>(
            {.name = "entries",
             .meaning = {"how many ids there are, 0 among them", "0을 포함한 id의 수"},
             .range = {1, 16'000'000},
             .example = "100"}),
        field<&EmbeddingBag::size>(
            {.name = "size",
             .meaning = {"how many numbers stand for an id", "id 하나를 나타내는 수의 개수"},
             .range = {1, 1'000'000}}),
    }),
    .takes = RowKind::features,
    .ids = [](const EmbeddingBag& layer) { return layer.entries; },
    .shape =
        [](const EmbeddingBag& layer, Shapes x) {
          return Shape{x[0][0], layer.size};
        },
    .parameters = [](const EmbeddingBag& layer, Shapes) { return table_of(layer, Init::xavier); },
    .trace = [](const EmbeddingBag& layer, LayerCall& at) { return traced_bag(layer, at); },
    .title =
        [](const EmbeddingBag& layer) {
          return in_words(Phrase::title_ids, "embedding_bag", layer.entries, layer.size);
        },
    .words = {.en = "The rows of the table that the ids name are added up, and divided by the root "
                    "of their number; id 0 is none.",
              .ko = "id들이 가리키는 표의 행을 모두 더하고 그 개수의 제곱근으로 나눕니다. id 0은 "
                    "없음을 뜻합니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{EmbeddingBag{.entries = 5, .size = 2}, {3, 4}},
                                        {EmbeddingBag{.entries = 2, .size = 1}, {2, 1}},
                                        {EmbeddingBag{.entries = 3}, {4, 2}}};
        },
};

const LayerRecord& EmbeddingBag::record() { return embedding_bag_layer; }

}  // namespace chainrule::nn
