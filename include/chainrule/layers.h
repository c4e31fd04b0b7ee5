// What networks are made of: one struct per layer, whose members are its fields. Plain values; see
// docs/layers.md for what each says in a network's file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chainrule/tensor.h"

namespace chainrule::nn {

struct LayerRecord;  // all that is known of a kind of layer; see docs/layers.md for what there is

// An elementwise function (or softmax, over a row's features, or a picture's channels at each
// place) by its operation's name.
struct Activation {
  std::string name = "identity";
  static const LayerRecord& record();
  friend bool operator==(const Activation&, const Activation&) = default;
};

inline const Activation identity{"identity"}, sigmoid{"sigmoid"}, tanh{"tanh"}, relu{"relu"},
    leaky_relu{"leaky_relu"}, elu{"elu"}, gelu{"gelu"}, silu{"silu"}, softplus{"softplus"},
    softmax{"softmax"};

// All of them, and the one of this name; throws UsageError with the nearest name.
std::vector<Activation> activations();
Activation activation_named(std::string_view name);

// How weights start. All draw uniformly from (-a, a):
//   xavier a = sqrt(6 / (inputs + units))  Glorot & Bengio 2010
//   he     a = sqrt(6 / inputs)            He et al. 2015
//   lecun  a = sqrt(3 / inputs)            LeCun et al. 1998
// automatic takes he before relu, leaky_relu, elu, gelu, silu and softplus, else xavier.
// standardised draws as automatic does, and then lets the first rows of the training data decide
// how large the weights are, and where the biases start: so that each unit's sums over these rows
// have mean 0 and variance 1 (Salimans & Kingma 2016, section 3). See set_first_weights.
// signs is either -1 or +1.
enum class Init { automatic, zeros, xavier, he, lecun, standardised, signs };
Init init_named(std::string_view name);  // throws UsageError with the nearest name
std::string_view name_of(Init init);

// z = x W^T + b, h = activation(z). Weights are stored [units, inputs], one row per neuron.
struct Dense {
  std::int64_t units = 0;
  Activation activation = identity;
  bool bias = true;  // starts at 0 unless bias_values are given
  Init init = Init::automatic;
  std::optional<DoubleTensor> weight{};       // [units, inputs]: start from these
  std::optional<DoubleTensor> bias_values{};  // [units], or [1] where they share one
  bool shared_bias = false;                   // all units add the same bias
  static const LayerRecord& record();
};

// Zeroes each number with this probability while training; does nothing afterwards.
struct Dropout {
  double rate = 0.5;
  static const LayerRecord& record();
};

// Along the height and along the width; one number is both.
struct Extents {
  std::int64_t height = 1, width = 1;
  Extents(std::int64_t both) : height(both), width(both) {}  // NOLINT(google-explicit-constructor)
  Extents(std::int64_t h, std::int64_t w) : height(h), width(w) {}
  friend bool operator==(const Extents&, const Extents&) = default;
};

// Each channel that it gives adds up, at every place of a picture, the numbers in a window around
// it times its weights, and a bias; then an activation. Weights are stored [channels, input
// channels of a group, kernel height, kernel width]. Pictures are [channels, height, width]. LeCun
// et al. 1998.
struct Conv2d {
  std::int64_t channels = 0;
  Extents kernel = 3;
  Activation activation = identity;
  Extents stride = 1;
  Extents padding = 0;      // rows and columns of 0 on either side
  Extents dilation = 1;     // how far the numbers of a window are apart
  std::int64_t groups = 1;  // of channels, each of which sees its own part of the input's
  bool bias = true;
  Init init = Init::automatic;
  static const LayerRecord& record();
};

// The opposite: each number of the input adds a window of numbers to the picture, which grows by
// the stride. Weights are stored [input channels, channels, kernel height, kernel width].
struct ConvTranspose2d {
  std::int64_t channels = 0;
  Extents kernel = 2;
  Activation activation = identity;
  Extents stride = 2;
  Extents padding = 0;  // rows and columns that are cut off on either side
  bool bias = true;
  Init init = Init::automatic;
  static const LayerRecord& record();
};

// The same along a sequence, [time, features]. Weights are stored [units, features, kernel].
struct Conv1d {
  std::int64_t units = 0;
  std::int64_t kernel = 3;
  Activation activation = identity;
  std::int64_t stride = 1, padding = 0, dilation = 1;
  bool bias = true;
  Init init = Init::automatic;
  static const LayerRecord& record();
};

// The largest number, or the mean, of each window of each channel. A stride of 0 is the size: then
// windows stand side by side. Padding is no number to MaxPool, and 0 to AveragePool.
struct MaxPool {
  Extents size = 2, stride = 0, padding = 0;
  static const LayerRecord& record();
};
struct AveragePool {
  Extents size = 2, stride = 0, padding = 0;
  static const LayerRecord& record();
};

// Of each channel its mean, or its largest number: rows of as many features as there were channels.
struct GlobalAveragePool {
  static const LayerRecord& record();
};
struct GlobalMaxPool {
  static const LayerRecord& record();
};

// Multiplies each feature by a number of its own, which starts at 1.
struct Scale {
  static const LayerRecord& record();
};

// Standardises each row over its features, then scales and shifts each feature. Ba et al. 2016.
struct LayerNorm {
  double epsilon = 1e-5;  // added to the variance
  static const LayerRecord& record();
};

// Divides each row by the root of its mean square, then scales each feature. Zhang & Sennrich 2019.
struct RmsNorm {
  double epsilon = 1e-6;  // added to the mean square
  static const LayerRecord& record();
};

// Standardises each row within groups of as many neighbouring features or channels, all places of a
// picture together, then scales and shifts each feature. Wu & He 2018.
struct GroupNorm {
  std::int64_t groups = 0;
  double epsilon = 1e-5;  // added to the variance
  static const LayerRecord& record();
};

// max(x, 0) + slope min(x, 0) with a trainable slope per feature. He et al. 2015.
struct Prelu {
  double start = 0.25;  // of the slopes
  static const LayerRecord& record();
};

// Standardises each feature over the rows of the batch, then scales and shifts it; afterwards by
// running averages of the means and variances. Features of pictures are their channels. Ioffe &
// Szegedy 2015.
struct BatchNorm {
  double epsilon = 1e-5;  // added to the variance
  double momentum = 0.1;  // the newest batch's share in the running averages
  static const LayerRecord& record();
};

// Pictures that come as [height, width, channels], as most programs keep them, the other way round.
struct ChannelsFirst {
  static const LayerRecord& record();
};

// All numbers of a row behind each other.
struct Flatten {
  static const LayerRecord& record();
};

// The same numbers, in rows of another shape.
struct Reshape {
  chainrule::Shape shape{};  // of a row; as many numbers as the rows have that it takes
  static const LayerRecord& record();
};

// Each number of a row is an id, a whole number from 0 to entries - 1; in its place comes that row
// of the weight [entries, size], so that [ids] becomes [ids, size]. The weights start uniformly
// with the variance 1 / size. Bengio et al. 2003.
struct Embedding {
  std::int64_t entries = 0;
  std::int64_t size = 8;
  static const LayerRecord& record();
};

// The same for rows that have fewer ids than places: 0 stands for none, and what comes is one row
// [size], the sum over the ids that are there divided by the root of their number, so that what it
// gives is of one magnitude for few ids and many. The weights [entries, size] start uniformly with
// the variance 2 / (entries + size): so little that ids which training never saw hardly add to it.
struct EmbeddingBag {
  std::int64_t entries = 0;
  std::int64_t size = 8;
  static const LayerRecord& record();
};

// Several layers' numbers added or multiplied, one by one, or put behind each other, feature by
// feature; all but the features of concatenated ones are of one shape.
struct Add {
  static const LayerRecord& record();
};
struct Multiply {
  static const LayerRecord& record();
};
struct Concatenate {
  static const LayerRecord& record();
};

// Features of a row by their numbers, from 0, in this order.
struct Pick {
  std::vector<std::int64_t> features{};
  static const LayerRecord& record();
};

// In place of each number x its `size` piecewise linear functions of it: x times a weight, and for
// each of `bins` intervals how far x has come through it, from 0 to 1, times a weight. The edges
// are values of the training data, with about as many rows between them: quantiles, where all are
// different. Gorishniy et al. 2022, section 3.2.
struct PiecewiseLinear {
  std::int64_t bins = 48;
  std::int64_t size = 8;
  static const LayerRecord& record();
};

// So many dense layers side by side, the members, that share their weights but for factors of each
// member's sums, and its biases: [inputs] or [members, inputs] becomes [members, units]. Of
// [inputs] each member has factors of its inputs too, which start at +1 or -1, so that members
// differ. With apart = true nothing is shared: weights are stored [members * units, inputs]. A
// network that ends so has a prediction for each member; their losses are averaged while it trains,
// and their predictions afterwards. Wen et al. 2020; Gorishniy et al. 2024.
struct MemberDense {
  std::int64_t units = 0;
  std::int64_t members = 16;
  Activation activation = identity;
  bool apart = false;
  Init init = Init::automatic;
  static const LayerRecord& record();
};

}  // namespace chainrule::nn
