#include <fmt/format.h>

#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/picture.h"
#include "nn/weighted.h"

namespace chainrule::nn {
namespace {

// A sequence is a picture of height 1 whose channels are the features.
Slide slide_of(const Conv1d& layer) {
  return {.size = {1, layer.kernel},
          .stride = {1, layer.stride},
          .padding = {0, layer.padding},
          .dilation = {1, layer.dilation}};
}

}  // namespace

constinit const LayerRecord conv1d_layer{
    .name = "conv1d",
    .summary =
        {"Each unit adds up, at every time of a sequence, the features in a window times its "
         "weights, and a bias; then an activation.",
         "뉴런마다 시퀀스의 모든 시점에서 창 안의 특징에 가중치를 곱해 더하고 편향을 더한 다음, "
         "활성화 함수를 적용합니다."},
    .source = "Waibel et al. 1989",
    .fields = fields_of<Conv1d>({
        field<&Conv1d::units>(
            {.name = "units",
             .meaning = {"how many features the layer gives", "층이 내는 특징의 수"},
             .range = {1, 100'000},
             .example = "16",
             .sets_width = true}),
        field<&Conv1d::kernel>({.name = "kernel",
                                .meaning = {"how many times the window has", "창에 든 시점의 수"},
                                .range = {1, longest_window}}),
        sums_activation_field<&Conv1d::activation>(),
        field<&Conv1d::stride>({.name = "stride",
                                .meaning = {"how far windows are apart", "창 사이의 간격"},
                                .range = {1, longest_window},
                                .is_quiet = true}),
        field<&Conv1d::padding>(
            {.name = "padding",
             .meaning = {"how many times with features of 0 are put on either end",
                         "양끝에 붙이는, 특징이 0인 시점의 수"},
             .range = {0, longest_window}}),
        field<&Conv1d::dilation>(
            {.name = "dilation",
             .meaning = {"how far the times of a window are apart", "창 안의 시점 사이의 간격"},
             .range = {1, longest_window},
             .is_quiet = true}),
        field<&Conv1d::bias>(
            {.name = "bias",
             .meaning = {"whether each unit adds a number of its own", "뉴런마다 편향을 더하는지"},
             .is_quiet = true}),
        init_field<&Conv1d::init>(),
    }),
    .takes = RowKind::sequence,
    .shape =
        [](const Conv1d& layer, Shapes x) {
          const Shape y =
              slid_shape("conv1d", {x[0][0], x[0][2], 1, x[0][1]}, slide_of(layer), layer.units);
          return Shape{y[0], y[3], y[1]};
        },
    .parameters =
        [](const Conv1d& layer, Shapes x) {
          LayerParameters list{{.name = "weight",
                                .shape = {layer.units, x[0][2], layer.kernel},
                                .axes = {"unit", "feature", "time"},
                                .start = resolved(layer.init, layer.activation)}};
          if (layer.bias) list.push_back(bias_of(layer.units, "unit"));
          return list;
        },
    .trace =
        [](const Conv1d& layer, LayerCall& at) {
          const Shape x = at.x().shape();  // a copy: tracing moves the nodes
          const Value row = reshape(at.x(), {x[0], 1, x[1], x[2]});
          const Value weight =
              reshape(at.parameter("weight"), {layer.units, x[2], 1, layer.kernel});
          Value z = convolution(row, weight, windows_of(slide_of(layer)));
          if (layer.bias) z = z + at.parameter("bias");
          z = reshape(z, {z.dim(0), z.dim(2), z.dim(3)});
          return at.activate(layer.activation, at.name(z, "z"), "h");
        },
    .begin = [](const Conv1d& layer, FirstRows& at) { begin_standardised(layer, at, 0); },
    .title =
        [](const Conv1d& layer) {
          return fmt::format("conv1d {}{}", layer.kernel, followed(", ", layer.activation));
        },
    .brief =
        [](const Conv1d& layer) {
          return fmt::format("conv1d {} {}{}", layer.kernel, layer.units,
                             followed(" ", layer.activation));
        },
    .words = {.en =
                  "At every time, each unit adds up a window's features times its weights, and its "
                  "bias.",
              .ko = "뉴런마다 모든 시점에서 창 안의 특징에 가중치를 곱해 더하고 편향을 더합니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{Conv1d{.units = 2}, {2, 5, 3}},
                                        {Conv1d{.units = 3,
                                                .kernel = 2,
                                                .activation = tanh,
                                                .stride = 2,
                                                .padding = 1,
                                                .dilation = 2,
                                                .bias = false},
                                         {1, 4, 1}}};
        },
};

const LayerRecord& Conv1d::record() { return conv1d_layer; }

}  // namespace chainrule::nn
