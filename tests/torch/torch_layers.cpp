#include "torch_layers.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace chainrule::beside_torch {
namespace {

using torch::Tensor;

std::vector<std::int64_t> extents(const nn::Extents& both) { return {both.height, both.width}; }

// torch wants the features in front of the times, as they are in pictures.
bool is_sequence(const DrawnLayer& at) { return at.x.rank() == 2; }
Tensor features_first(const DrawnLayer& at, const Tensor& x) {
  return is_sequence(at) ? x.transpose(1, 2) : x;
}
Tensor features_back(const DrawnLayer& at, const Tensor& x) { return features_first(at, x); }

// And last for what it does to each place.
Tensor features_last(const DrawnLayer& at, const Tensor& x) {
  return at.x.rank() == 3 ? x.permute({0, 2, 3, 1}) : x;
}
Tensor features_from_last(const DrawnLayer& at, const Tensor& x) {
  return at.x.rank() == 3 ? x.permute({0, 3, 1, 2}) : x;
}

template <class Layer>
std::vector<std::int64_t> stride_of(const Layer& layer) {
  return {layer.stride.height > 0 ? layer.stride.height : layer.size.height,
          layer.stride.width > 0 ? layer.stride.width : layer.size.width};
}

}  // namespace

Tensor TorchNetwork::variable(const DrawnLayer& at, const char* name) const {
  return variables_.at(training_.full_name(at, {.name = name}));
}

Tensor TorchNetwork::optional_bias(const DrawnLayer& at, bool bias) const {
  return bias ? variable(at, "bias") : Tensor{};
}

Tensor TorchNetwork::keep(const std::string& name, Tensor value) {
  if (!value.requires_grad()) value.requires_grad_();  // rows of a frozen embedding
  value.retain_grad();
  nodes_.emplace(name, value);
  return value;
}

void TorchNetwork::note_zero(const Tensor& x) {
  const Tensor sizes = x.detach().abs(), some = sizes.masked_select(sizes > 0);
  if (some.numel() == 0) return;
  kink_ = std::min(kink_, (some.min() / some.max()).item<double>());
}

// A window's largest two may not be too near each other, nor equal: of these torch takes the first,
// and Chainrule divides the gradient.
Tensor TorchNetwork::largest_of_last(const Tensor& windows) {
  if (windows.size(-1) > 1) {
    const Tensor two = std::get<0>(windows.detach().topk(2, -1)),
                 gap = two.select(-1, 0) - two.select(-1, 1);
    kink_ = std::min(kink_, (gap.min() / two.select(-1, 0).abs().max()).item<double>());
  }
  return windows.amax(-1);
}

Tensor TorchNetwork::max_pool(const nn::MaxPool& layer, const Tensor& x) {
  const auto size = extents(layer.size), stride = stride_of(layer),
             padding = extents(layer.padding);
  const Tensor padded =
      torch::constant_pad_nd(x.detach(), {padding[1], padding[1], padding[0], padding[0]},
                             -std::numeric_limits<double>::infinity());
  largest_of_last(padded.unfold(2, size[0], stride[0]).unfold(3, size[1], stride[1]).flatten(4));
  return torch::max_pool2d(x, size, stride, padding);
}

Tensor TorchNetwork::activation(const nn::Activation& activation, const Tensor& z) {
  const std::string& name = activation.name;
  if (name == "sigmoid") return torch::sigmoid(z);
  if (name == "tanh") return torch::tanh(z);
  if (name == "elu") return torch::elu(z);
  if (name == "gelu") return torch::gelu(z);
  if (name == "silu") return torch::silu(z);
  if (name == "softplus") return torch::softplus(z, 1, 60);  // beyond 60 it would be z itself
  if (name == "softmax") return torch::softmax(z, z.dim() == 4 ? 1 : -1);
  if (name == "relu" || name == "leaky_relu") {
    note_zero(z);
    return name == "relu" ? torch::relu(z) : torch::leaky_relu(z, 0.01);
  }
  throw std::runtime_error("no torch function stands for " + name);
}

// z, then the activation; with the engine's names for the two.
Tensor TorchNetwork::activated(const DrawnLayer& at, const nn::Activation& activation,
                               const Tensor& z, const char* z_part, const char* h_part) {
  z_ = *z_part == 0 ? z : keep(fmt::format("{}.{}", at.name, z_part), z);
  if (activation == nn::identity) return z_;
  return keep(fmt::format("{}{}{}", at.name, *h_part == 0 ? "" : ".", h_part),
              this->activation(activation, z_));
}

// Whoever shares a layer's parameters leaves its running averages to it.
Tensor TorchNetwork::batch_norm(const DrawnLayer& at, const nn::BatchNorm& layer, Tensor x) {
  Tensor mean = variable(at, "mean"), variance = variable(at, "variance");
  if (at.owner >= 0) {
    mean = mean.clone();
    variance = variance.clone();
  } else if (!at.is_frozen) {
    // Readers that come later in this step still read what was there before it.
    const auto next = [&](const char* name) {
      const std::string full = training_.full_name(at, {.name = name});
      return variables_["next " + full] = variables_.at(full).clone();
    };
    mean = next("mean");
    variance = next("variance");
  }
  return features_back(
      at, torch::batch_norm(features_first(at, x), variable(at, "weight"), variable(at, "bias"),
                            mean, variance, !at.is_frozen, layer.momentum, layer.epsilon, false));
}

// Wen et al. 2020: of each member ((x * r) W^T) * s + b, or with weights of its own x W^T + b.
Tensor TorchNetwork::member_sums(const DrawnLayer& at, const nn::MemberDense& layer, Tensor x) {
  const Tensor weight = variable(at, "weight"), bias = variable(at, "bias");
  if (!layer.apart && x.dim() == 2)
    x = keep(at.name + ".seen", x.unsqueeze(1) * variable(at, "input_factor"));
  std::vector<Tensor> sums;
  for (std::int64_t m = 0; m < layer.members; ++m) {
    const Tensor own = x.dim() == 3 ? x.select(1, m) : x;
    sums.push_back(layer.apart
                       ? torch::linear(own, weight.narrow(0, m * layer.units, layer.units), bias[m])
                       : torch::linear(own, weight) * variable(at, "output_factor")[m] + bias[m]);
  }
  return torch::stack(sums, 1);
}

// Gorishniy et al. 2022, equation 1, with nothing beyond the edges: how far a number has come is 0
// before an interval, 1 behind it, and linear within. No number comes through an empty one.
Tensor TorchNetwork::piecewise_linear(const DrawnLayer& at, const nn::PiecewiseLinear& layer,
                                      const Tensor& x) {
  const Tensor edge = variable(at, "edge").unsqueeze(1);  // [features, 1, bins + 1]
  const Tensor low = edge.narrow(2, 0, layer.bins), high = edge.narrow(2, 1, layer.bins),
               is_empty = high.eq(low), first = edge.narrow(2, 0, 1),
               last = edge.narrow(2, layer.bins, 1);
  const Tensor number = keep(at.name + ".x", x.flatten(1).t()).unsqueeze(2);
  note_zero(number - edge);
  const Tensor share = (number - low) / torch::where(is_empty, torch::ones_like(low), high - low),
               nothing = torch::zeros_like(share), all = torch::ones_like(share);
  const Tensor reached =
      torch::where(number.lt(low), nothing, torch::where(number.ge(high), all, share));
  const Tensor come = keep(at.name + ".come", torch::where(is_empty, nothing, reached));
  const Tensor within = torch::maximum(torch::minimum(number, last), first).squeeze(2);
  return (torch::einsum("fbt,fts->bfs", {come, variable(at, "weight")}) +
          torch::einsum("fb,fs->bfs", {within, variable(at, "linear")}))
      .flatten(1);
}

// The rows of the ids that are there, by the root of their number; 0 is none.
Tensor TorchNetwork::embedding_bag(const DrawnLayer& at, const Tensor& x) {
  const Tensor ids = x.flatten(1).round().to(torch::kLong), is_there = ids.gt(0);
  const Tensor found = keep(at.name + ".found", torch::embedding(variable(at, "weight"), ids));
  const Tensor count =
      keep(at.name + ".count", is_there.sum(1, true).clamp_min(1).to(torch::kFloat64));
  return found.masked_fill(is_there.logical_not().unsqueeze(2), 0).sum(1) / count.sqrt();
}

Tensor TorchNetwork::layer(const DrawnLayer& at, const std::vector<Tensor>& x) {
  const nn::Layer& layer = at.layer;
  if (const auto* alone = layer.get_if<nn::Activation>()) {
    const bool is_merged = !at.is_named && nodes_.contains(at.name + ".z");
    return activated(at, *alone, x[0], "", is_merged ? "h" : "");
  }
  if (const auto* dense = layer.get_if<nn::Dense>())
    return activated(
        at, dense->activation,
        torch::linear(x[0].flatten(1), variable(at, "weight"), optional_bias(at, dense->bias)), "z",
        "h");
  if (const auto* conv = layer.get_if<nn::Conv2d>())
    return activated(at, conv->activation,
                     torch::conv2d(x[0], variable(at, "weight"), optional_bias(at, conv->bias),
                                   extents(conv->stride), extents(conv->padding),
                                   extents(conv->dilation), conv->groups),
                     "z", "h");
  if (const auto* grown = layer.get_if<nn::ConvTranspose2d>())
    return activated(
        at, grown->activation,
        torch::conv_transpose2d(x[0], variable(at, "weight"), optional_bias(at, grown->bias),
                                extents(grown->stride), extents(grown->padding)),
        "z", "h");
  if (const auto* conv1d = layer.get_if<nn::Conv1d>())
    return activated(
        at, conv1d->activation,
        torch::conv1d(x[0].transpose(1, 2), variable(at, "weight"), optional_bias(at, conv1d->bias),
                      conv1d->stride, conv1d->padding, conv1d->dilation)
            .transpose(1, 2),
        "z", "h");
  if (const auto* members = layer.get_if<nn::MemberDense>())
    return activated(at, members->activation, member_sums(at, *members, x[0]), "z", "h");
  if (at.kind == "flatten") return x[0].flatten(1);
  if (const auto* reshaped = layer.get_if<nn::Reshape>()) {
    std::vector<std::int64_t> extents{x[0].size(0)};
    extents.insert(extents.end(), reshaped->shape.begin(), reshaped->shape.end());
    return x[0].reshape(extents);
  }

  const auto y = [&]() -> Tensor {
    if (const auto* pool = layer.get_if<nn::MaxPool>()) return max_pool(*pool, x[0]);
    if (const auto* pool = layer.get_if<nn::AveragePool>())
      return torch::avg_pool2d(x[0], extents(pool->size), stride_of(*pool), extents(pool->padding));
    if (at.kind == "embedding")
      return torch::embedding(variable(at, "weight"), x[0].round().to(torch::kLong));
    if (at.kind == "embedding_bag") return embedding_bag(at, x[0]);
    if (const auto* picked = layer.get_if<nn::Pick>())
      return x[0].flatten(1).index_select(1, torch::tensor(picked->features));
    if (const auto* pieces = layer.get_if<nn::PiecewiseLinear>())
      return piecewise_linear(at, *pieces, x[0]);
    if (at.kind == "global_average_pool")
      return torch::adaptive_avg_pool2d(x[0], {1, 1}).flatten(1);
    if (at.kind == "global_max_pool") return largest_of_last(x[0].flatten(2));
    if (at.kind == "add") {
      Tensor total = x[0];
      for (std::size_t i = 1; i < x.size(); ++i) total = torch::add(total, x[i]);
      return total;
    }
    if (at.kind == "multiply") {
      Tensor product = x[0];
      for (std::size_t i = 1; i < x.size(); ++i) product = torch::mul(product, x[i]);
      return product;
    }
    if (at.kind == "concatenate") return torch::cat(x, at.x.rank() == 3 ? 1 : -1);
    if (const auto* norm = layer.get_if<nn::BatchNorm>()) return batch_norm(at, *norm, x[0]);
    const std::int64_t features = x[0].size(at.x.rank() == 3 ? 1 : -1);
    if (const auto* norm = layer.get_if<nn::LayerNorm>())
      return features_from_last(
          at, torch::layer_norm(features_last(at, x[0]), {features}, variable(at, "weight"),
                                variable(at, "bias"), norm->epsilon));
    if (const auto* norm = layer.get_if<nn::GroupNorm>())
      return torch::group_norm(x[0], norm->groups, variable(at, "weight"), variable(at, "bias"),
                               norm->epsilon);
    if (at.kind == "prelu") {
      note_zero(x[0]);
      return features_back(at, torch::prelu(features_first(at, x[0]), variable(at, "slope")));
    }
    const Tensor last = features_last(at, x[0]);
    if (at.kind == "scale") return features_from_last(at, torch::mul(last, variable(at, "weight")));
    if (const auto* norm = layer.get_if<nn::RmsNorm>())  // this version of torch has none
      return features_from_last(at, last *
                                        torch::rsqrt(last.square().mean(-1, true) + norm->epsilon) *
                                        variable(at, "weight"));
    throw std::runtime_error("no torch function stands for " + at.kind);
  }();
  return keep(at.name, y);
}

// Each number wrong by some millionths of the largest one, or right and its derivative wrong.
Tensor TorchNetwork::wrong(std::size_t place, const Tensor& y) const {
  if (!sabotage_ || sabotage_->layer != place) return y;
  const double size = sabotage_->size;
  const Tensor pattern = torch::cos(torch::arange(y.numel(), y.options())).view(y.sizes());
  if (sabotage_->what == Sabotage::What::gradients) return y + size * pattern * (y - y.detach());
  const double largest = y.detach().abs().max().item<double>();
  return y + pattern * (size * (largest > 0 ? largest : 1));
}

Tensor TorchNetwork::loss_of(const Loss& loss, const Tensor& z, const Tensor& output,
                             const Tensor& target) {
  const std::string& name = loss.name;
  if (name == "cross_entropy") return torch::cross_entropy_loss(z, target);
  if (name == "binary_cross_entropy") return torch::binary_cross_entropy_with_logits(z, target);
  if (name == "huber") return torch::huber_loss(output, target, torch::Reduction::Mean, loss.delta);
  if (name == "mean_squared_error") return torch::mse_loss(output, target);
  if (name == "half_squared_error")
    return torch::mse_loss(output, target, torch::Reduction::Sum) /
           (2 * static_cast<double>(training_.batch));
  if (name == "mean_absolute_error") {
    note_zero(output - target);
    return torch::l1_loss(output, target);
  }
  if (name == "pinball") {
    // Without levels they are evenly spaced.
    const std::int64_t outputs = output.size(1);
    const Tensor levels = loss.levels.empty() ? torch::arange(1, outputs + 1, output.options()) /
                                                    static_cast<double>(outputs + 1)
                                              : torch::tensor(loss.levels, output.options());
    const Tensor error = target - output;
    note_zero(error);
    return torch::max(levels * error, (levels - 1) * error).mean();
  }
  throw std::runtime_error("no torch function stands for " + name);
}

// What the loss makes of outputs that may be its logits.
Tensor TorchNetwork::prediction_of(const Loss& loss, const Tensor& z, const Tensor& output) {
  const bool is_logits = z.is_same(output);
  if (is_logits && loss.name == "cross_entropy") return torch::softmax(z, -1);
  if (is_logits && loss.name == "binary_cross_entropy") return torch::sigmoid(z);
  return output;
}

// Each head has its part of the loss, and its columns of the target.
Tensor TorchNetwork::loss_of_heads(const std::vector<Tensor>& z, const std::vector<Tensor>& given,
                                   const Tensor& target) {
  Tensor sum = torch::zeros({}, torch::kFloat64);
  std::vector<Tensor> predictions;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < training_.heads.size(); ++i) {
    const auto place = static_cast<std::size_t>(training_.heads[i]);
    const Loss& part = training_.loss.parts[i];
    const std::int64_t width = given[place].size(1);
    const Tensor loss = keep("loss." + training_.head(i).name,
                             loss_of(part, z[place], given[place], target.narrow(1, first, width)));
    sum = sum + part.weight * loss;
    predictions.push_back(prediction_of(part, z[place], given[place]));
    first += width;
  }
  prediction_ = torch::cat(predictions, 1);
  return sum;
}

Tensor TorchNetwork::loss(const Tensor& x, const Tensor& target) {
  kink_ = std::numeric_limits<double>::infinity();
  nodes_.clear();
  std::vector<Tensor> given, before;  // before: the last activation
  for (std::size_t place = 0; place < training_.layers.size(); ++place) {
    const DrawnLayer& at = training_.layers[place];
    std::vector<Tensor> inputs;
    for (const int read : at.reads)
      inputs.push_back(read == DrawnLayer::network_input ? x
                                                         : given[static_cast<std::size_t>(read)]);
    z_ = Tensor{};
    const Tensor y = layer(at, inputs), wanted = wrong(place, y);
    if (z_.defined() && z_.is_same(y)) z_ = wanted;
    given.push_back(wanted);
    before.push_back(z_.defined() ? z_ : wanted);
  }
  if (!training_.heads.empty()) return loss_of_heads(before, given, target);
  output_ = given.back();
  if (!z_.defined()) z_ = output_;
  prediction_ = prediction_of(training_.loss, z_, output_);
  if (training_.has_members()) prediction_ = prediction_.mean(1);
  if (training_.loss.name == "pinball") prediction_ = std::get<0>(torch::sort(prediction_, -1));
  if (!training_.has_members()) return loss_of(training_.loss, z_, output_, target);
  // Each member has a loss of its own.
  Tensor sum = torch::zeros({}, torch::kFloat64);
  for (std::int64_t m = 0; m < output_.size(1); ++m)
    sum = sum + loss_of(training_.loss, z_.select(1, m), output_.select(1, m), target);
  return sum / static_cast<double>(output_.size(1));
}

}  // namespace chainrule::beside_torch
