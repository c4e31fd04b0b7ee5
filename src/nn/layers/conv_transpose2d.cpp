#include <fmt/format.h>

#include "chainrule/error.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/picture.h"
#include "nn/weighted.h"

namespace chainrule::nn {
namespace {

Slide slide_of(const ConvTranspose2d& layer) {
  return {.size = layer.kernel, .stride = layer.stride, .padding = layer.padding};
}

// The height or the width that `count` windows make up.
std::int64_t grown(std::int64_t count, std::int64_t kernel, std::int64_t stride,
                   std::int64_t padding) {
  const std::int64_t extent = (count - 1) * stride + kernel - 2 * padding;
  if (extent < 1)
    throw UsageError(fmt::format(
        "padding = {} cuts off all of the picture; make it smaller, or the kernel larger",
        padding));
  return extent;
}

Shape grown_shape(const ConvTranspose2d& layer, const Shape& x) {
  return {x[0], layer.channels,
          grown(x[2], layer.kernel.height, layer.stride.height, layer.padding.height),
          grown(x[3], layer.kernel.width, layer.stride.width, layer.padding.width)};
}

Value traced(const ConvTranspose2d& layer, LayerCall& at) {
  const Value x = channels_last(at.x()), weight = at.parameter("weight");
  const Shape from = x.shape(), to = grown_shape(layer, at.x().shape());
  const auto [height, width] = layer.kernel;
  const Value flat_weight =
      reshape(transpose(weight, {0, 2, 3, 1}), {from[3], height * width * layer.channels});
  const Value windows = matmul(reshape(x, {from[0] * from[1] * from[2], from[3]}), flat_weight);
  Value z = overlap(reshape(windows, {from[0], from[1], from[2], height, width, layer.channels}),
                    windows_of(slide_of(layer)), to[2], to[3]);
  if (layer.bias) z = z + at.parameter("bias");
  return at.activate(layer.activation, at.name(channels_first(z), "z"), "h");
}

}  // namespace

constinit const LayerRecord conv_transpose2d_layer{
    .name = "conv_transpose2d",
    .summary =
        {"Each number of a picture adds a window of numbers to a larger one; then a bias and "
         "an activation.",
         "그림의 수마다 창만큼의 수를 더 큰 그림에 더한 다음, 편향을 더하고 활성화 함수를 "
         "적용합니다."},
    .source = "Zeiler et al. 2010",
    .fields = fields_of<ConvTranspose2d>({
        field<&ConvTranspose2d::channels>(
            {.name = "channels",
             .meaning = {"how many channels the layer gives", "층이 내는 채널의 수"},
             .range = {1, 100'000},
             .example = "16",
             .sets_width = true}),
        field<&ConvTranspose2d::kernel>({.name = "kernel",
                                         .meaning = {"how large the window is", "창의 크기"},
                                         .range = {1, longest_window}}),
        sums_activation_field<&ConvTranspose2d::activation>(),
        field<&ConvTranspose2d::stride>({.name = "stride",
                                         .meaning = {"how far windows are apart", "창 사이의 간격"},
                                         .range = {1, longest_window}}),
        field<&ConvTranspose2d::padding>(
            {.name = "padding",
             .meaning = {"how many rows and columns are cut off on either side",
                         "양쪽에서 잘라 내는 행과 열의 수"},
             .range = {0, longest_window},
             .is_quiet = true}),
        field<&ConvTranspose2d::bias>({.name = "bias",
                                       .meaning = {"whether each channel adds a number of its own",
                                                   "채널마다 편향을 더하는지"},
                                       .is_quiet = true}),
        init_field<&ConvTranspose2d::init>(),
    }),
    .takes = RowKind::picture,
    .shape = [](const ConvTranspose2d& layer, Shapes x) { return grown_shape(layer, x[0]); },
    .parameters =
        [](const ConvTranspose2d& layer, Shapes x) {
          LayerParameters list{
              {.name = "weight",
               .shape = {x[0][1], layer.channels, layer.kernel.height, layer.kernel.width},
               .axes = {"input", "channel", "row", "column"},
               .start = resolved(layer.init, layer.activation)}};
          if (layer.bias) list.push_back(bias_of(layer.channels, "channel"));
          return list;
        },
    .trace = [](const ConvTranspose2d& layer, LayerCall& at) { return traced(layer, at); },
    .begin = [](const ConvTranspose2d& layer, FirstRows& at) { begin_standardised(layer, at, 1); },
    .brief =
        [](const ConvTranspose2d& layer) {
          return fmt::format("conv_transpose {}x{} {}{}", layer.kernel.height, layer.kernel.width,
                             layer.channels, followed(" ", layer.activation));
        },
    .words = {.en = "Each number adds its window, times its weights, to a larger picture.",
              .ko = "각 수가 가중치를 곱한 창을 더 큰 그림에 더합니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{ConvTranspose2d{.channels = 2}, {2, 3, 2, 2}},
                                        {ConvTranspose2d{.channels = 1,
                                                         .kernel = {3, 2},
                                                         .activation = tanh,
                                                         .stride = {2, 1},
                                                         .padding = {1, 0},
                                                         .bias = false},
                                         {1, 2, 2, 3}}};
        },
};

const LayerRecord& ConvTranspose2d::record() { return conv_transpose2d_layer; }

}  // namespace chainrule::nn
