#include <fmt/format.h>

#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/lookup.h"
#include "words/messages.h"

namespace chainrule::nn {

constinit const LayerRecord embedding_layer{
    .name = "embedding",
    .summary =
        {"Each number of a row is an id, from 0; in its place comes that row of a table, so that a "
         "row of ids becomes a sequence [ids, size].",
         "행의 수는 0부터 세는 id이며, 그 자리에 표에서 그 번호의 행이 들어갑니다. id의 행은 "
         "시퀀스 [ids, size]가 됩니다."},
    .source = "Bengio et al. 2003",
    .fields = fields_of<Embedding>({
        field<&Embedding::entries>({.name = "entries",
                                    .meaning = {"how many ids there are", "id의 수"},
                                    .range = {1, 16'000'000},
                                    .example = "100"}),
        field<&Embedding::size>(
            {.name = "size",
             .meaning = {"how many numbers stand for an id", "id 하나를 나타내는 수의 개수"},
             .range = {1, 1'000'000}}),
    }),
    .takes = RowKind::features,
    .ids = [](const Embedding& layer) { return layer.entries; },
    .shape =
        [](const Embedding& layer, Shapes x) {
          return Shape{x[0][0], x[0][1], layer.size};
        },
    .parameters = [](const Embedding& layer, Shapes) { return table_of(layer, Init::lecun); },
    .trace = [](const Embedding&,
                LayerCall& at) { return at.name(looked_up(at.x(), at.parameter("weight"))); },
    .title =
        [](const Embedding& layer) {
          return in_words(Phrase::title_ids, "embedding", layer.entries, layer.size);
        },
    .words = {.en = "In place of each id comes its row of the table.",
              .ko = "id마다 표에서 그 id의 행을 가져옵니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{Embedding{.entries = 5, .size = 2}, {3, 2}},
                                        {Embedding{.entries = 2, .size = 1}, {2, 1}},
                                        {Embedding{.entries = 3}, {4, 1}}};
        },
};

const LayerRecord& Embedding::record() { return embedding_layer; }

}  // namespace chainrule::nn
