#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {

constinit const LayerRecord group_norm_layer{
    .name = "group_norm",
    .summary = {"Standardises each row within groups of neighbouring features, or of channels over "
                "all places of a picture, then scales and shifts each feature.",
                "행마다 이웃한 특징의 그룹, 그림이면 모든 자리에 걸친 채널의 그룹 안에서 표준화한 "
                "다음, 특징마다 배율을 곱하고 더해 옮깁니다."},
    .source = "Wu & He 2018",
    .fields = fields_of<GroupNorm>({
        field<&GroupNorm::groups>({.name = "groups",
                                   .meaning = {"how many groups the features are divided into",
                                               "특징을 나누는 그룹의 수"},
                                   .range = {1, 100'000},
                                   .example = "4"}),
        field<&GroupNorm::epsilon>(
            {.name = "epsilon",
             .meaning = {"what is added to the variance, so that equal features divide by no 0",
                         "특징들이 같을 때 0으로 나누지 않도록 분산에 더하는 값"},
             .range = {1e-12, 1}}),
    }),
    .shape =
        [](const GroupNorm& layer, Shapes x) {
          const Shape& rows = x[0];
          if (rows.rank() == 3)
            throw UsageError("it takes rows of features or pictures, and gets sequences");
          if (rows[1] % layer.groups != 0)
            throw UsageError(
                fmt::format("{} features can't be divided into {} groups", rows[1], layer.groups));
          return rows;
        },
    .parameters =
        [](const GroupNorm&, Shapes x) {
          return LayerParameters{per_feature("weight", x[0], 1.0), per_feature("bias", x[0], 0.0)};
        },
    .trace =
        [](const GroupNorm& layer, LayerCall& at) {
          const Shape rows = at.x().shape();
          const std::int64_t count = rows.row().size() / layer.groups;
          const Value x = reshape(at.x(), {rows[0], layer.groups, count});
          const Value average = at.name(mean(x, {2}), "mean");  // one per row and group
          const Value centred = at.name(x - average, "centred");
          const Value variance = at.name(mean(centred * centred, {2}), "variance");
          const Value standard =
              at.name(reshape(centred / sqrt(variance + layer.epsilon), rows), "standardised");
          const Value scaled = standard * at.along_features(at.parameter("weight"));
          return at.name(scaled + at.along_features(at.parameter("bias")));
        },
    .title = [](const GroupNorm& layer) { return fmt::format("group_norm {}", layer.groups); },
    .statistics = {"mean", "variance"},
    .words = {.en = "Each row is standardised within groups of features, then each feature scaled "
                    "and shifted.",
              .ko = "행마다 특징 묶음 안에서 표준화한 뒤 특징마다 크기와 위치를 바꿉니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{GroupNorm{.groups = 2}, {2, 4}},
                                        {GroupNorm{.groups = 1, .epsilon = 0.5}, {2, 3}},
                                        {GroupNorm{.groups = 2}, {2, 4, 1, 2}}};
        },
};

const LayerRecord& GroupNorm::record() { return group_norm_layer; }

}  // namespace chainrule::nn
