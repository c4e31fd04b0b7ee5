// LibTorch's side of a network: each layer by torch's own functions.
#pragma once

#include <torch/torch.h>

#include "outcome.h"

namespace chainrule::beside_torch {

using TorchVariables = std::map<std::string, torch::Tensor>;

class TorchNetwork {
 public:
  TorchNetwork(const DrawnTraining& training, TorchVariables& variables,
               const std::optional<Sabotage>& sabotage)
      : training_(training), variables_(variables), sabotage_(sabotage) {}

  // x is [batch, row]. The loss is a scalar.
  torch::Tensor loss(const torch::Tensor& x, const torch::Tensor& target);

  // Of the last call.
  const torch::Tensor& prediction() const { return prediction_; }
  const std::map<std::string, torch::Tensor>& nodes() const { return nodes_; }
  double kink() const { return kink_; }

 private:
  torch::Tensor layer(const DrawnLayer& at, const std::vector<torch::Tensor>& x);
  torch::Tensor activated(const DrawnLayer& at, const nn::Activation& activation,
                          const torch::Tensor& z, const char* z_part, const char* h_part);
  torch::Tensor activation(const nn::Activation& activation, const torch::Tensor& z);
  torch::Tensor batch_norm(const DrawnLayer& at, const nn::BatchNorm& layer, torch::Tensor x);
  torch::Tensor largest_of_last(const torch::Tensor& windows);
  torch::Tensor max_pool(const nn::MaxPool& layer, const torch::Tensor& x);
  torch::Tensor member_sums(const DrawnLayer& at, const nn::MemberDense& layer, torch::Tensor x);
  torch::Tensor piecewise_linear(const DrawnLayer& at, const nn::PiecewiseLinear& layer,
                                 const torch::Tensor& x);
  torch::Tensor embedding_bag(const DrawnLayer& at, const torch::Tensor& x);
  torch::Tensor loss_of(const Loss& loss, const torch::Tensor& z, const torch::Tensor& output,
                        const torch::Tensor& target);
  torch::Tensor loss_of_heads(const std::vector<torch::Tensor>& z,
                              const std::vector<torch::Tensor>& given, const torch::Tensor& target);
  static torch::Tensor prediction_of(const Loss& loss, const torch::Tensor& z,
                                     const torch::Tensor& output);
  torch::Tensor wrong(std::size_t place, const torch::Tensor& y) const;

  torch::Tensor variable(const DrawnLayer& at, const char* name) const;
  torch::Tensor optional_bias(const DrawnLayer& at, bool bias) const;
  torch::Tensor keep(const std::string& name, torch::Tensor value);
  void note_zero(const torch::Tensor& x);

  const DrawnTraining& training_;
  TorchVariables& variables_;
  const std::optional<Sabotage>& sabotage_;
  torch::Tensor output_, prediction_,
      z_;  // z_: what the last activation, if there is one, is done to
  std::map<std::string, torch::Tensor> nodes_{};
  double kink_ = std::numeric_limits<double>::infinity();
};

}  // namespace chainrule::beside_torch
