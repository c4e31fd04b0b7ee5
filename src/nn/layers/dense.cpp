#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/weighted.h"

namespace chainrule::nn {

constinit const LayerRecord dense_layer{
    .name = "dense",
    .summary =
        {"Each unit adds up all inputs times its weights, and a bias; then an activation.",
         "뉴런마다 모든 입력에 가중치를 곱해 더하고 편향을 더한 다음, 활성화 함수를 적용합니다."},
    .source = "Rosenblatt 1958",
    .fields = fields_of<Dense>({
        field<&Dense::units>(
            {.name = "units",
             .meaning = {"how many numbers the layer gives", "층이 내는 수의 개수"},
             .range = {1, 10'000'000},
             .example = "2",
             .sets_width = true}),
        sums_activation_field<&Dense::activation>(),
        init_field<&Dense::init>(),
        field_or_values<&Dense::bias, &Dense::bias_values>(
            {.name = "bias",
             .meaning = {"whether each unit adds a number of its own",
                         "뉴런마다 편향을 더하는지"}}),
        field<&Dense::shared_bias>({.name = "shared_bias",
                                    .meaning = {"whether all units add the same number, one bias",
                                                "모든 뉴런이 편향 하나를 함께 쓰는지"},
                                    .is_quiet = true}),
        field<&Dense::weight>(
            {.name = "weight",
             .meaning = {"one row of numbers per unit", "뉴런마다 수의 행 하나"}}),
    }),
    .require =
        [](const Dense& layer) {
          if (layer.bias_values && !layer.bias)
            throw UsageError("values for the bias, but bias = false. Leave one of them out.");
          if (layer.shared_bias && !layer.bias)
            throw UsageError("shared_bias, but bias = false. Leave one of them out.");
          if (layer.shared_bias && layer.init == Init::standardised)
            throw UsageError(
                "init = standardised moves each unit's own bias; leave it or shared_bias out.");
        },
    .takes = RowKind::features,
    .shape = [](const Dense& layer, Shapes x) { return x[0].with(1, layer.units); },
    .parameters =
        [](const Dense& layer, Shapes x) {
          LayerParameters parameters{{.name = "weight",
                                      .shape = {layer.units, x[0][1]},
                                      .axes = {"unit", "input"},
                                      .start = resolved(layer.init, layer.activation),
                                      .given = layer.weight ? &*layer.weight : nullptr}};
          if (layer.bias) {
            parameters.push_back(layer.shared_bias ? bias_of(1, "value")
                                                   : bias_of(layer.units, "unit"));
            if (layer.bias_values) parameters.back().given = &*layer.bias_values;
          }
          return parameters;
        },
    .trace =
        [](const Dense& layer, LayerCall& at) {
          Value z = matmul(at.x(), transpose(at.parameter("weight")));
          if (layer.bias) z = z + at.parameter("bias");
          return at.activate(layer.activation, at.name(z, "z"), "h");
        },
    .begin = [](const Dense& layer, FirstRows& at) { begin_standardised(layer, at, 0); },
    .title = [](const Dense& layer) { return "dense" + followed(", ", layer.activation); },
    .brief =
        [](const Dense& layer) {
          return fmt::format("{}{}", layer.units, followed(" ", layer.activation));
        },
    .words = {.en = "Every unit adds up all inputs times its weights, and its bias.",
              .ko = "뉴런마다 모든 입력에 가중치를 곱해 더하고 편향을 더합니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{
              {Dense{.units = 3}, {2, 4}},
              {Dense{.units = 2, .activation = tanh}, {3, 2}},
              {Dense{.units = 3, .activation = softmax, .bias = false}, {2, 1}},
              {Dense{.units = 1,
                     .activation = sigmoid,
                     .weight = DoubleTensor({1, 2}, {0.5, -0.25}),
                     .bias_values = DoubleTensor({1}, {0.125})},
               {1, 2}},
              {Dense{.units = 3, .shared_bias = true}, {2, 2}}};
        },
};

const LayerRecord& Dense::record() { return dense_layer; }

}  // namespace chainrule::nn
