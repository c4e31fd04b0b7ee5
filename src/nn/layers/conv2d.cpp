#include <fmt/format.h>

#include "chainrule/error.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/picture.h"
#include "nn/weighted.h"

namespace chainrule::nn {
namespace {

Slide slide_of(const Conv2d& layer) {
  return {.size = layer.kernel,
          .stride = layer.stride,
          .padding = layer.padding,
          .dilation = layer.dilation};
}

Value part(Value x, int axis, std::int64_t begin, std::int64_t count) {
  std::vector<std::int64_t> first(static_cast<std::size_t>(x.shape().rank()), 0),
      end(x.shape().begin(), x.shape().end());
  first[static_cast<std::size_t>(axis)] = begin;
  end[static_cast<std::size_t>(axis)] = begin + count;
  return slice(x, first, end);
}

// Each group of channels sees its own part of the input's.
Value convolved(const Conv2d& layer, Value x, Value weight) {
  const Windows where = windows_of(slide_of(layer));
  if (layer.groups == 1) return convolution(x, weight, where);
  const std::int64_t inputs = weight.dim(1), outputs = layer.channels / layer.groups;
  std::vector<Value> parts;
  for (std::int64_t g = 0; g < layer.groups; ++g)
    parts.push_back(
        convolution(part(x, 3, g * inputs, inputs), part(weight, 0, g * outputs, outputs), where));
  return concatenate(parts, 3);
}

LayerParameters parameters(const Conv2d& layer, const Shape& x) {
  LayerParameters list{
      {.name = "weight",
       .shape = {layer.channels, x[1] / layer.groups, layer.kernel.height, layer.kernel.width},
       .axes = {"channel", "input", "row", "column"},
       .start = resolved(layer.init, layer.activation)}};
  if (layer.bias) list.push_back(bias_of(layer.channels, "channel"));
  return list;
}

}  // namespace

constinit const LayerRecord conv2d_layer{
    .name = "conv2d",
    .summary = {"Each channel adds up, at every place of a picture, the numbers in a window times "
                "its weights, and a bias; then an activation.",
                "채널마다 그림의 모든 자리에서 창 안의 수에 가중치를 곱해 더하고 편향을 더한 다음, "
                "활성화 함수를 적용합니다."},
    .source = "LeCun et al. 1998",
    .fields = fields_of<Conv2d>({
        field<&Conv2d::channels>(
            {.name = "channels",
             .meaning = {"how many channels the layer gives", "층이 내는 채널의 수"},
             .range = {1, 100'000},
             .example = "16",
             .sets_width = true}),
        field<&Conv2d::kernel>({.name = "kernel",
                                .meaning = {"how large the window is", "창의 크기"},
                                .range = {1, longest_window}}),
        sums_activation_field<&Conv2d::activation>(),
        field<&Conv2d::stride>({.name = "stride",
                                .meaning = {"how far windows are apart", "창 사이의 간격"},
                                .range = {1, longest_window},
                                .is_quiet = true}),
        field<&Conv2d::padding>(
            {.name = "padding",
             .meaning = {"how many rows and columns of 0 are put on either side",
                         "양쪽에 붙이는, 0으로 채운 행과 열의 수"},
             .range = {0, longest_window}}),
        field<&Conv2d::dilation>(
            {.name = "dilation",
             .meaning = {"how far the numbers of a window are apart", "창 안의 수 사이의 간격"},
             .range = {1, longest_window},
             .is_quiet = true}),
        field<&Conv2d::groups>(
            {.name = "groups",
             .meaning = {"of channels, each of which sees its part of the input's",
                         "채널 그룹의 수. 그룹마다 입력 채널의 일부를 봅니다"},
             .range = {1, 100'000},
             .is_quiet = true}),
        field<&Conv2d::bias>({.name = "bias",
                              .meaning = {"whether each channel adds a number of its own",
                                          "채널마다 편향을 더하는지"},
                              .is_quiet = true}),
        init_field<&Conv2d::init>(),
    }),
    .require =
        [](const Conv2d& layer) {
          if (layer.channels % layer.groups != 0)
            throw UsageError(fmt::format("channels = {} can't be divided into {} groups",
                                         layer.channels, layer.groups));
        },
    .takes = RowKind::picture,
    .shape =
        [](const Conv2d& layer, Shapes x) {
          if (x[0][1] % layer.groups != 0)
            throw UsageError(fmt::format("{} input channels can't be divided into {} groups",
                                         x[0][1], layer.groups));
          return slid_shape("conv2d", x[0], slide_of(layer), layer.channels);
        },
    .parameters = [](const Conv2d& layer, Shapes x) { return parameters(layer, x[0]); },
    .trace =
        [](const Conv2d& layer, LayerCall& at) {
          Value z = convolved(layer, channels_last(at.x()), at.parameter("weight"));
          if (layer.bias) z = z + at.parameter("bias");
          return at.activate(layer.activation, at.name(channels_first(z), "z"), "h");
        },
    .begin = [](const Conv2d& layer, FirstRows& at) { begin_standardised(layer, at, 0); },
    .title =
        [](const Conv2d& layer) {
          return fmt::format("conv2d {} x {}{}", layer.kernel.height, layer.kernel.width,
                             followed(", ", layer.activation));
        },
    .brief =
        [](const Conv2d& layer) {
          return fmt::format("conv {}x{} {}{}", layer.kernel.height, layer.kernel.width,
                             layer.channels, followed(" ", layer.activation));
        },
    .words = {.en =
                  "At every place, each channel adds up a window's numbers times its weights, and "
                  "its bias.",
              .ko = "채널마다 모든 위치에서 창 안의 수에 가중치를 곱해 더하고 편향을 더합니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{
              {Conv2d{.channels = 2, .kernel = 2}, {2, 3, 3, 4}},
              {Conv2d{.channels = 3, .activation = tanh, .padding = 1}, {1, 1, 3, 3}},
              {Conv2d{.channels = 2,
                      .kernel = {1, 3},
                      .stride = {1, 2},
                      .padding = {0, 2},
                      .dilation = {1, 2},
                      .bias = false},
               {2, 2, 2, 5}},
              {Conv2d{.channels = 4, .kernel = 2, .groups = 2}, {2, 2, 2, 3}}};
        },
};

const LayerRecord& Conv2d::record() { return conv2d_layer; }

}  // namespace chainrule::nn
