#include <algorithm>

#include <fmt/format.h>

#include "base/elementary.h"
#include "chainrule/ops.h"
#include "nn/first_rows.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "words/messages.h"

namespace chainrule::nn {
namespace {

// As many rows as say where a number's quantiles lie.
constexpr std::int64_t most_rows = 100'000;

// Before data says better: from -2 to 2, between which most standardised numbers lie.
LayerParameter edges(const Shape& x, std::int64_t bins) {
  const Shape shape{x[1], bins + 1};
  DoubleTensor start(shape);
  for (std::size_t i = 0; i < start.values.size(); ++i)
    start.values[i] = -2 + 4 * static_cast<double>(i % static_cast<std::size_t>(bins + 1)) /
                               static_cast<double>(bins);
  return {.name = "edge",
          .shape = shape,
          .axes = {"feature", "edge"},
          .start = std::move(start),
          .decay_factor = 0,
          .is_buffer = true};
}

// How far each number has come through each of its intervals, [features, batch, bins], times that
// interval's weights; and the number itself times its own. Beyond the edges it is as at the edge.
Value traced(const PiecewiseLinear& layer, LayerCall& at) {
  const std::int64_t batch = at.x().dim(0), features = at.x().dim(1), bins = layer.bins;
  constexpr double endless = 1e30;  // the way between equal edges, on which nothing moves
  const Value weight = at.parameter("weight"), linear = at.parameter("linear"),
              edge = reshape(at.parameter("edge"), {features, 1, bins + 1});
  const auto edges_from = [&](std::int64_t first, std::int64_t last) {
    return slice(edge, {0, 0, first}, {features, 1, last});
  };
  const Value low = edges_from(0, bins), high = edges_from(1, bins + 1);
  const Value x = reshape(at.name(transpose(at.x()), "x"), {features, batch, 1});
  const Value within =
      at.name(minimum(maximum(x, edges_from(0, 1)), edges_from(bins, bins + 1)), "within");
  const Value length =
      at.name(select(equal(high, low), high.graph().constant(endless), high - low), "length");
  const Value way = (within - low) / length;
  const Value come = at.name(minimum(maximum(way, 0), 1), "come");
  const Value by_interval = matmul(come, weight);
  const Value z = by_interval + within * reshape(linear, {features, 1, layer.size});
  return at.name(reshape(transpose(z, {1, 0, 2}), {batch, features * layer.size}));
}

// A value that many rows share is one edge, and counts as the logarithm of their number: what is
// rare is told apart as well, such as the few gains among nothing but 0. Of values that are all
// different the edges are quantiles. (CatBoost's borders weigh so too: Prokhorenkova et al. 2018.)
void divide(std::vector<float> values, std::span<float> edges) {
  std::ranges::sort(values);
  std::vector<float> distinct;
  std::vector<double> reached;  // the weights up to each
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i;
    while (end < values.size() && values[end] == values[i]) ++end;
    distinct.push_back(values[i]);
    reached.push_back((reached.empty() ? 0 : reached.back()) +
                      elementary::log(1 + static_cast<double>(end - i)));
    i = end;
  }
  if (distinct.size() <= edges.size()) {
    std::ranges::copy(distinct, edges.begin());
    std::ranges::fill(edges.subspan(distinct.size()), distinct.back());
    return;
  }
  const std::size_t last = edges.size() - 1;
  std::size_t next = 0;  // of the distinct values; as many stay as there are edges to come
  for (std::size_t i = 0; i <= last; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(last);
    const auto wanted = std::ranges::lower_bound(reached, share * reached.back());
    const std::size_t at = std::clamp(static_cast<std::size_t>(wanted - reached.begin()), next,
                                      distinct.size() - 1 - (last - i));
    edges[i] = distinct[at];
    next = at + 1;
  }
}

void begin(const PiecewiseLinear& layer, FirstRows& at) {
  const Tensor x = at.node("x", most_rows);  // [features, rows]
  const auto rows = static_cast<std::size_t>(x.shape[1]);
  const auto count = static_cast<std::size_t>(layer.bins + 1);
  const std::span<float> edge = at.parameter("edge");
  for (std::size_t feature = 0; feature < static_cast<std::size_t>(x.shape[0]); ++feature) {
    const auto values = std::span(x.values).subspan(feature * rows, rows);
    divide({values.begin(), values.end()}, edge.subspan(feature * count, count));
  }
}

}  // namespace

constinit const LayerRecord piecewise_linear_layer{
    .name = "piecewise_linear",
    .summary = {"In place of each number several functions of it, linear between quantiles of the "
                "training data: [features] becomes [features * size].",
                "수마다 학습 데이터의 분위수 사이에서 선형인 함수 여러 개의 값으로 바꿉니다. "
                "[features]가 [features * size]가 됩니다."},
    .source = "Gorishniy et al. 2022",
    .fields = fields_of<PiecewiseLinear>({
        field<&PiecewiseLinear::bins>(
            {.name = "bins",
             .meaning = {"how many intervals a number's range is divided "
                         "into, with about as many training rows each",
                         "수의 범위를 학습 데이터의 행이 고르게 들어가도록 나누는 구간의 수"},
             .range = {1, 10'000}}),
        field<&PiecewiseLinear::size>(
            {.name = "size",
             .meaning = {"how many numbers come in place of one", "수 하나를 대신하는 수의 개수"},
             .range = {1, 10'000}}),
    }),
    .takes = RowKind::features,
    .shape = [](const PiecewiseLinear& layer,
                Shapes x) { return x[0].with(1, x[0][1] * layer.size); },
    .parameters =
        [](const PiecewiseLinear& layer, Shapes x) {
          return LayerParameters{{.name = "weight",
                                  .shape = {x[0][1], layer.bins, layer.size},
                                  .axes = {"feature", "interval", "number"}},
                                 {.name = "linear",
                                  .shape = {x[0][1], layer.size},
                                  .axes = {"feature", "number"},
                                  .start = Init::lecun},
                                 edges(x[0], layer.bins)};
        },
    .trace = [](const PiecewiseLinear& layer, LayerCall& at) { return traced(layer, at); },
    .begin = [](const PiecewiseLinear& layer, FirstRows& at) { begin(layer, at); },
    .title =
        [](const PiecewiseLinear& layer) {
          return in_words(Phrase::title_intervals, layer.bins, layer.size);
        },
    .words =
        {.en = "In place of each number come functions of it that are linear between values of "
               "the training data: how far it has come through each interval, from 0 to 1, times "
               "that "
               "interval's weight, and the number itself times a weight.",
         .ko =
             "수마다 훈련 데이터의 값들 사이에서 선형인 함수들의 값이 대신 옵니다. 구간마다 얼마나 "
             "지나왔는지(0~1)에 구간의 가중치를 곱해 더하고, 그 수 자체에도 가중치를 곱해 "
             "더합니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{PiecewiseLinear{.bins = 3, .size = 2}, {4, 2}},
                                        {PiecewiseLinear{.bins = 1, .size = 1}, {1, 1}}};
        },
};

const LayerRecord& PiecewiseLinear::record() { return piecewise_linear_layer; }

}  // namespace chainrule::nn
