// A small network on images, as layers trace it: channels first, convolutions as products of
// windows, batch normalisation, max and mean pooling, and its training step.
#pragma once

#include <fmt/format.h>
#include "base/random.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"

namespace chainrule {

class ImageNetwork {
 public:
  explicit ImageNetwork(std::int64_t batch = 4) {
    Value h = graph.input("x", {batch, 2, 9, 8});
    h = relu(normalised(convolved(h, {.size = {3, 3}, .before = {1, 1}, .after = {1, 1}}, 5)));
    h = pooled(h, {.size = {2, 2}, .stride = {2, 2}, .after = {1, 0}, .fill = -1e30});
    h = tanh(convolved(h, {.size = {2, 3}, .before = {1, 0}, .after = {0, 2}}, 6));
    h = h + tanh(convolved(h, {.size = {1, 1}}, 6));  // around a layer
    h = convolved(h, {.size = {3, 2}, .stride = {2, 1}, .dilation = {1, 2}}, 4);
    h = mean_pooled(gelu(h), {.size = {2, 1}});
    h = reshape(h, {batch, h.dim(1) * h.dim(2) * h.dim(3)});
    const Value w = weight("dense", {3, h.dim(1)});
    const Value loss =
        mean_squared_error(matmul(h, transpose(w)), graph.input("target", {batch, 3}));
    graph.output("loss", loss);
    const std::vector<Value> gradients = gradient(loss, weights);
    for (std::size_t i = 0; i < weights.size(); ++i)
      graph.update(weights[i], weights[i] - 0.05 * gradients[i]);
  }

  Graph graph{};
  std::vector<Value> weights{};

 private:
  Value weight(const std::string& name, Shape shape) {
    weights.push_back(graph.variable(fmt::format("{}{}", name, weights.size()), shape));
    return weights.back();
  }

  static Value channels_last(Value x) { return transpose(x, {0, 2, 3, 1}); }
  static Value channels_first(Value x) { return transpose(x, {0, 3, 1, 2}); }

  Value convolved(Value x, const Windows& where, std::int64_t outputs) {
    const Value all = windows(channels_last(x), where);
    const std::int64_t numbers = all.dim(3) * all.dim(4) * all.dim(5);
    const Value filters = weight("w", {outputs, x.dim(1), where.size[0], where.size[1]});
    const Value bias = weight("b", {outputs});
    const Value rows = reshape(all, {all.dim(0) * all.dim(1) * all.dim(2), numbers});
    const Value y =
        matmul(rows, reshape(transpose(filters, {2, 3, 1, 0}), {numbers, outputs})) + bias;
    return channels_first(reshape(y, {all.dim(0), all.dim(1), all.dim(2), outputs}));
  }

  Value normalised(Value x) {
    const Value centred = x - mean(x, {0, 2, 3});
    const Value variance = mean(centred * centred, {0, 2, 3});
    const Value scale = reshape(weight("scale", {x.dim(1)}), {1, x.dim(1), 1, 1});
    return centred / sqrt(variance + 0.01) * scale;
  }

  static Value without_places(Value y) {
    return channels_first(reshape(y, {y.dim(0), y.dim(1), y.dim(2), y.dim(5)}));
  }
  static Value pooled(Value x, const Windows& where) {
    return without_places(max(windows(channels_last(x), where), {3, 4}));
  }
  static Value mean_pooled(Value x, const Windows& where) {
    return without_places(mean(windows(channels_last(x), where), {3, 4}));
  }
};

}  // namespace chainrule
