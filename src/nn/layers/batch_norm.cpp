#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {
namespace {

// All axes but that of the features: what a mean is taken over.
std::vector<std::int64_t> other_axes(const Shape& x) {
  std::vector<std::int64_t> axes;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (axis != feature_axis(x)) axes.push_back(axis);
  return axes;
}

LayerParameter average(std::string_view name, const Shape& x, double start) {
  LayerParameter buffer = per_feature(name, x, start);
  buffer.is_buffer = true;
  return buffer;
}

// The newest number's share is the momentum.
Value moved(Value before, Value newest, double momentum) {
  return before * (1 - momentum) + reshape(newest, before.shape()) * momentum;
}

Value traced(const BatchNorm& layer, LayerCall& at) {
  const Value x = at.x(), weight = at.along_features(at.parameter("weight")),
              bias = at.along_features(at.parameter("bias")), mean_average = at.parameter("mean"),
              variance_average = at.parameter("variance");
  Value centre = at.along_features(mean_average), variance = at.along_features(variance_average);
  if (at.training()) {
    const std::vector<std::int64_t> rows = other_axes(x.shape());
    centre = at.name(mean(x, rows), "batch_mean");
    const Value distance = x - centre;
    variance = at.name(mean(distance * distance, rows), "batch_variance");
    // Of a sample's variance n - 1 in place of n makes the best estimate of the whole's.
    const std::int64_t places = x.shape().size() / x.dim(feature_axis(x.shape()));
    const auto count = static_cast<double>(places);
    at.update(mean_average, moved(mean_average, centre, layer.momentum));
    at.update(variance_average,
              moved(variance_average, variance * (count > 1 ? count / (count - 1) : 1.0),
                    layer.momentum));
  }
  const Value centred = at.name(x - centre, "centred");
  const Value standard = at.name(centred / sqrt(variance + layer.epsilon), "standardised");
  return at.name(standard * weight + bias);
}

}  // namespace

constinit const LayerRecord batch_norm_layer{
    .name = "batch_norm",
    .summary = {"Standardises each feature, or each channel of pictures, over the batch, then "
                "scales and shifts it; after training by running averages.",
                "특징마다, 그림이면 채널마다 배치에 걸쳐 표준화한 다음 배율을 곱하고 더해 "
                "옮깁니다. 학습이 끝나면 이동 평균을 씁니다."},
    .source = "Ioffe & Szegedy 2015",
    .fields = fields_of<BatchNorm>({
        field<&BatchNorm::epsilon>(
            {.name = "epsilon",
             .meaning = {"what is added to the variance, so that equal rows divide by no 0",
                         "행들이 같을 때 0으로 나누지 않도록 분산에 더하는 값"},
             .range = {1e-12, 1}}),
        field<&BatchNorm::momentum>({.name = "momentum",
                                     .meaning = {"the newest batch's share in the running averages",
                                                 "이동 평균에서 새 배치가 차지하는 비율"},
                                     .range = {0, 1}}),
    }),
    .parameters =
        [](const BatchNorm&, Shapes x) {
          return LayerParameters{per_feature("weight", x[0], 1.0), per_feature("bias", x[0], 0.0),
                                 average("mean", x[0], 0.0), average("variance", x[0], 1.0)};
        },
    .trace = [](const BatchNorm& layer, LayerCall& at) { return traced(layer, at); },
    .has_modes = true,
    .mixes_rows = true,
    .statistics = {"batch_mean", "batch_variance"},
    .words = {.en = "Each feature is standardised over the batch, then scaled and shifted.",
              .ko = "특징마다 배치 전체에서 평균 0, 분산 1이 되도록 표준화한 뒤 크기와 위치를 "
                    "바꿉니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{BatchNorm{}, {4, 3}},
                                        {BatchNorm{.epsilon = 0.1, .momentum = 1}, {2, 1}},
                                        {BatchNorm{.epsilon = 0.01}, {1, 2}},
                                        {BatchNorm{}, {2, 3, 2, 2}}};
        },
};

const LayerRecord& BatchNorm::record() { return batch_norm_layer; }

}  // namespace chainrule::nn
