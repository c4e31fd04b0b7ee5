#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"

namespace chainrule::nn {
namespace {

Shape joined_shape(Shapes x) {
  const int axis = feature_axis(x[0]);
  std::int64_t features = 0;
  for (const Shape& shape : x) {
    if (shape.rank() != x[0].rank() || shape.with(axis, x[0][axis]) != x[0])
      throw UsageError(fmt::format(
          "rows of {} and of {} differ in more than their features; they can't be put behind each "
          "other",
          x[0].row().to_string(), shape.row().to_string()));
    features += shape[axis];
  }
  return x[0].with(axis, features);
}

}  // namespace

constinit const LayerRecord concatenate_layer{
    .name = "concatenate",
    .summary =
        {"Puts the features, or the channels of pictures, of several layers behind each other.",
         "여러 층의 특징, 그림이면 채널을 차례로 이어 붙입니다."},
    .fields = fields_of<Concatenate>(),
    .inputs = {2, -1},
    .moves_numbers = true,
    .shape = [](const Concatenate&, Shapes x) { return joined_shape(x); },
    .trace =
        [](const Concatenate&, LayerCall& at) {
          return at.name(concatenate(at.all(), feature_axis(at.x().shape())));
        },
    .words = {.en = "The features of several layers stand behind each other.",
              .ko = "여러 층의 특징을 이어 붙입니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{
              {Concatenate{}, {2, 3}, {Shape{2, 1}}},
              {Concatenate{}, {2, 2, 2, 1}, {Shape{2, 1, 2, 1}, Shape{2, 3, 2, 1}}},
          };
        },
};

const LayerRecord& Concatenate::record() { return concatenate_layer; }

}  // namespace chainrule::nn
