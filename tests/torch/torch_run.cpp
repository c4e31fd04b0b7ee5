// LibTorch's side of a training: autograd, and torch's own optimizers.
#include <cmath>

#include "networks/drawing.h"
#include "torch_layers.h"

namespace chainrule::beside_torch {
namespace {

using torch::Tensor;

Tensor tensor_of(const Numbers& numbers, const Shape& shape) {
  const std::vector<std::int64_t> extents(shape.begin(), shape.end());
  return torch::tensor(numbers, torch::kFloat64).view(extents);
}

Numbers numbers_of(const Tensor& tensor) {
  const Tensor dense = tensor.detach().contiguous();
  const auto* data = dense.data_ptr<double>();
  return {data, data + dense.numel()};
}

Numbers gradient_of(const Tensor& tensor) {
  return numbers_of(tensor.grad().defined() ? tensor.grad() : torch::zeros_like(tensor));
}

struct Groups {
  std::vector<Tensor> decaying, others;
};

// Weight decay skips biases and scales, so there are two groups of parameters.
template <class Kind, class Options>
std::unique_ptr<torch::optim::Optimizer> two_groups(const Groups& parameters, Options options,
                                                    double weight_decay) {
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(parameters.others,
                      std::make_unique<Options>(Options(options).weight_decay(0)));
  groups.emplace_back(parameters.decaying,
                      std::make_unique<Options>(Options(options).weight_decay(weight_decay)));
  return std::make_unique<Kind>(groups, Options(options).weight_decay(0));
}

template <class Options, class AdamKind>
Options adam_options(const AdamKind& adam) {
  return Options(adam.learning_rate).betas({adam.beta1, adam.beta2}).eps(adam.epsilon);
}

// In this version of torch all five mean what include/chainrule/nn.h says.
std::unique_ptr<torch::optim::Optimizer> optimizer_of(const Optimizer& optimizer,
                                                      const Groups& parameters) {
  namespace optim = torch::optim;
  if (const auto* sgd = std::get_if<SGD>(&optimizer))
    return two_groups<optim::SGD>(
        parameters,
        optim::SGDOptions(sgd->learning_rate).momentum(sgd->momentum).nesterov(sgd->nesterov),
        sgd->weight_decay);
  if (const auto* adam = std::get_if<Adam>(&optimizer))
    return two_groups<optim::Adam>(parameters, adam_options<optim::AdamOptions>(*adam),
                                   adam->weight_decay);
  if (const auto* adamw = std::get_if<AdamW>(&optimizer))
    return two_groups<optim::AdamW>(parameters, adam_options<optim::AdamWOptions>(*adamw),
                                    adamw->weight_decay);
  if (const auto* rmsprop = std::get_if<RMSProp>(&optimizer))
    return two_groups<optim::RMSprop>(
        parameters,
        optim::RMSpropOptions(rmsprop->learning_rate).alpha(rmsprop->decay).eps(rmsprop->epsilon),
        rmsprop->weight_decay);
  const auto& adagrad = std::get<Adagrad>(optimizer);
  return two_groups<optim::Adagrad>(
      parameters, optim::AdagradOptions(adagrad.learning_rate).eps(adagrad.epsilon),
      adagrad.weight_decay);
}

void set_rate(torch::optim::Optimizer& optimizer, double rate) {
  for (torch::optim::OptimizerParamGroup& group : optimizer.param_groups())
    group.options().set_lr(rate);
}

// torch's own clipping adds a millionth to the norm.
void clip(const Groups& parameters, double norm) {
  double square = 0;
  for (const auto* group : {&parameters.decaying, &parameters.others})
    for (const Tensor& parameter : *group) square += parameter.grad().square().sum().item<double>();
  if (norm <= 0 || std::sqrt(square) <= norm) return;
  for (const auto* group : {&parameters.decaying, &parameters.others})
    for (const Tensor& parameter : *group) parameter.grad().mul_(norm / std::sqrt(square));
}

class TorchRun {
 public:
  TorchRun(const DrawnTraining& training, double disturbed, const std::optional<Sabotage>& sabotage)
      : training_(training),
        disturbance_(training.seed),
        disturbed_(disturbed),
        network_(training, variables_, sabotage) {
    for (const DrawnLayer& at : training.layers)
      if (at.owner < 0) own(at);
    optimizer_ = optimizer_of(training.optimizer, parameters_);
  }

  Outcome run() {
    Outcome outcome;
    for (std::size_t step = 0; step < training_.batches.size(); ++step) {
      const Tensor loss = backward(training_.batches[step]);
      outcome.kink = std::min(outcome.kink, network_.kink());
      outcome.last_loss = loss.item<double>();
      if (step == 0) note_first(outcome);
      clip(parameters_, training_.clip_norm);
      set_rate(*optimizer_, training_.rates[step]);
      optimizer_->step();
      move_averages();
    }
    for (const auto& [name, value] : variables_) outcome.variables[name] = numbers_of(value);
    return outcome;
  }

 private:
  Numbers moved(Numbers numbers) {
    if (disturbed_ > 0)
      for (double& number : numbers) number *= 1 + disturbed_ * disturbance_.between(-1, 1);
    return numbers;
  }

  void own(const DrawnLayer& at) {
    for (const DrawnParameter& parameter : at.parameters) {
      const std::string name = training_.full_name(at, parameter);
      const Numbers& start = training_.start.at(name).values;
      // Equal edges stay equal.
      Tensor value = tensor_of(parameter.name == "edge" ? start : moved(start), parameter.shape);
      if (!parameter.is_buffer && !at.is_frozen) {
        value.requires_grad_();
        (parameter.decays ? parameters_.decaying : parameters_.others).push_back(value);
      }
      variables_.emplace(name, value);
    }
  }

  Tensor backward(const DrawnBatch& batch) {
    optimizer_->zero_grad();
    // Its gradient is asked for so that every node has one.
    const Tensor x = tensor_of(moved(batch.x), training_.row.batch(training_.batch))
                         .requires_grad_(),
                 target = tensor_of(moved(batch.target), {training_.batch, training_.outputs});
    const Tensor loss = network_.loss(x, target);
    loss.backward();
    return loss;
  }

  void note_first(Outcome& outcome) const {
    outcome.loss = outcome.last_loss;
    outcome.first_kink = outcome.kink;
    outcome.output = numbers_of(network_.prediction());
    for (const auto& [name, value] : network_.nodes()) {
      outcome.nodes[name] = numbers_of(value);
      outcome.node_gradients[name] = gradient_of(value);
    }
    for (const auto& [name, value] : variables_)
      if (value.requires_grad()) outcome.gradients[name] = gradient_of(value);
  }

  void move_averages() {
    const std::string before = "next ";
    for (auto at = variables_.begin(); at != variables_.end();) {
      if (!at->first.starts_with(before)) {
        ++at;
        continue;
      }
      variables_[at->first.substr(before.size())] = at->second;
      at = variables_.erase(at);
    }
  }

  const DrawnTraining& training_;
  Drawing disturbance_;
  double disturbed_;
  TorchVariables variables_{};
  Groups parameters_{};
  TorchNetwork network_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_{};
};

}  // namespace

Outcome run_torch(const DrawnTraining& training, double disturbed,
                  const std::optional<Sabotage>& sabotage) {
  torch::set_num_threads(1);
  return TorchRun(training, disturbed, sabotage).run();
}

}  // namespace chainrule::beside_torch
