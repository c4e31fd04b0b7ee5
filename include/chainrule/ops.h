// The operations. Each returns a new node of its operands' graph; shapes are checked at once, and
// a UsageError names what did not fit. Operands of elementwise operations are broadcast as in
// NumPy. Threads: each call appends to the operands' graph, so one thread at a time per graph.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "chainrule/graph.h"

namespace chainrule {

// Arithmetic, element by element.
Value operator+(Value a, Value b);
Value operator-(Value a, Value b);
Value operator*(Value a, Value b);
Value operator/(Value a, Value b);
Value operator-(Value x);
Value operator+(Value a, double b);
Value operator-(Value a, double b);
Value operator*(Value a, double b);
Value operator/(Value a, double b);
Value operator+(double a, Value b);
Value operator-(double a, Value b);
Value operator*(double a, Value b);
Value operator/(double a, Value b);
Value multiply_add(Value a, Value b, Value c);  // a b + c, rounded once
Value power(Value base, Value exponent);
Value power(Value base, double exponent);
Value minimum(Value a, Value b);
Value minimum(Value a, double b);
Value maximum(Value a, Value b);
Value maximum(Value a, double b);

// Comparisons give 1 where they hold and 0 where not; nothing flows back through them.
Value greater(Value a, Value b);
Value greater_equal(Value a, Value b);
Value less(Value a, Value b);
Value less_equal(Value a, Value b);
Value equal(Value a, Value b);
Value not_equal(Value a, Value b);
Value greater(Value a, double b);
Value less_equal(Value a, double b);
Value select(Value condition, Value if_nonzero, Value if_zero);

// Functions of one number.
Value exp(Value x);
Value expm1(Value x);  // e^x - 1, exact near 0
Value log(Value x);
Value log1p(Value x);  // log(1 + x), exact near 0
Value sqrt(Value x);
Value abs(Value x);
Value sign(Value x);
Value erf(Value x);

// Activations.
Value sigmoid(Value x);
Value tanh(Value x);
Value relu(Value x);
Value leaky_relu(Value x, double slope = 0.01);
Value elu(Value x, double alpha = 1.0);
Value gelu(Value x);  // x Phi(x), the exact one
Value silu(Value x);
Value softplus(Value x);
Value softmax(Value x);      // over the last axis
Value log_softmax(Value x);  // over the last axis

// Reductions keep the reduced axes as extents of 1; no axes means all of them.
Value sum(Value x, std::vector<std::int64_t> axes = {});
Value mean(Value x, std::vector<std::int64_t> axes = {});
Value max(Value x, std::vector<std::int64_t> axes = {});

// Layout.
Value broadcast(Value x, Shape shape);
Value reshape(Value x, Shape shape);
Value transpose(Value x, std::vector<std::int64_t> order = {});  // default: all axes reversed
Value slice(Value x, std::vector<std::int64_t> begin, std::vector<std::int64_t> end);
Value pad(Value x, std::vector<std::int64_t> before, std::vector<std::int64_t> after);  // with 0
Value concatenate(std::span<const Value> parts, std::int64_t axis);
Value gather(Value table, Value rows);  // table [rows, width], indices [n] -> [n, width]
Value scatter_add(Value values, Value rows,
                  std::int64_t count);  // gather's opposite: [count, width]
// table - factor * scatter_add(values, rows), of a table [count, width] and a scalar.
Value subtract_rows(Value table, Value values, Value rows, Value factor);

// [m, k] x [k, n] -> [m, n]; of stacks [.., m, k] and [.., k, n] matrix by matrix. The leading axes
// are equal, or one operand has none: then it takes part in every product.
Value matmul(Value a, Value b);

// Where the windows of an image lie; each pair is along the height, then along the width. Window i
// begins at i * stride - before, its number a stands at a * dilation from there. There are as many
// windows as fit into the image with `before` and `after` numbers of value `fill` around it.
struct Windows {
  using Pair = std::array<std::int64_t, 2>;
  Pair size{1, 1};
  Pair stride{1, 1};
  Pair dilation{1, 1};
  Pair before{0, 0}, after{0, 0};
  double fill = 0;  // where it is infinite, every window must reach into the image
};

// x [batch, height, width, channels] -> [batch, windows down, windows across, size[0], size[1],
// channels].
Value windows(Value x, const Windows& where);
// The opposite: windows as above, added up where they overlap -> [batch, height, width, channels].
// What lies outside of the image, of these height and width, is dropped.
Value overlap(Value windows, const Windows& where, std::int64_t height, std::int64_t width);

// What convolutions and max pooling are as one operation each, and their gradients. The compiler
// makes them of windows, products and maxima, which compute the same.
// x [batch, height, width, channels], filters [size[0] * size[1] * channels, outputs] -> [batch,
// windows down, windows across, outputs]; around the images are zeros.
Value convolve(Value x, Value filters, const Windows& where);
// By x and by the filters, where g is the result's gradient.
Value image_gradient(Value g, Value filters, const Windows& where, std::int64_t height,
                     std::int64_t width);
Value filter_gradient(Value x, Value g, const Windows& where);
// The largest number of each window and channel: -> [batch, windows down, windows across,
// channels].
Value max_pool(Value x, const Windows& where);
// By x, where y is the result and g its gradient. What ties for the maximum shares it evenly.
Value max_pool_gradient(Value g, Value x, Value y, const Windows& where);

// Numbers in [0, 1): a function of seed, stream, the counter's two values (low 24 bits and the
// rest, so that single precision holds them exactly) and the place in the tensor; nothing else.
// A counter of three values says last with which row of a larger tensor this one begins, and is
// given the numbers that are drawn there.
Value random_uniform(Value counter, Shape shape, std::uint64_t seed, std::uint64_t stream);
// Zeroes each element with probability `rate`, scales the others by 1 / (1 - rate). The rate may be
// a scalar that is computed; it is at least 0 and below 1.
Value dropout(Value x, Value counter, double rate, std::uint64_t seed, std::uint64_t stream);
Value dropout(Value x, Value counter, Value rate, std::uint64_t seed, std::uint64_t stream);

// Losses: prediction (or logits) and target are [batch, outputs], the result is a scalar.
Value half_squared_error(Value prediction,
                         Value target);  // 1/2 (t - o)^2, outputs summed, batch mean
Value mean_squared_error(Value prediction, Value target);
Value mean_absolute_error(Value prediction, Value target);
Value huber(Value prediction, Value target, double delta = 1.0);
// Each output is to be the quantile of its level, between 0 and 1 (Koenker & Bassett 1978).
Value pinball(Value prediction, Value target, std::vector<double> levels);
Value cross_entropy(Value logits,
                    Value target);  // outputs summed, batch mean; target rows sum to 1
Value binary_cross_entropy(Value logits,
                           Value target);  // mean over outputs and batch; target in [0, 1]

// The table of operations: what `chainrule ops` prints.
struct OpSummary {
  std::string_view name;
  std::string_view kind;  // "elementwise", "primitive" or "composite"
  std::string_view summary;
  int operands;  // -1: any number
};
std::vector<OpSummary> list_operations();

}  // namespace chainrule
