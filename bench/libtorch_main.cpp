// chainrule_bench_libtorch: LibTorch's C++ front end in a process of its own.
#include <cmath>
#include <filesystem>

#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/torch.h>

#include "images.h"
#include "nn/place.h"
#include "serve.h"

namespace chainrule::bench {
namespace {

torch::Tensor view(const Tensor& tensor) {
  const std::vector<std::int64_t> extents(tensor.shape.begin(), tensor.shape.end());
  return torch::from_blob(const_cast<float*>(tensor.values.data()), extents);
}

void add_activation(torch::nn::Sequential& network, const nn::Activation& activation) {
  if (activation == nn::relu)
    network->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));  // in place
  else if (activation == nn::tanh)
    network->push_back(torch::nn::Tanh());
  else if (activation == nn::sigmoid)
    network->push_back(torch::nn::Sigmoid());
  else if (activation != nn::identity)
    throw UsageError(fmt::format("no LibTorch module stands for {}", activation.name));
}

// A module with these two parameters, whatever it is.
template <class Module>
void push(torch::nn::Sequential& network, Module module, const Problem& problem,
          const std::string& layer) {
  module->weight.copy_(view(problem.start.at(layer + ".weight")));
  module->bias.copy_(view(problem.start.at(layer + ".bias")));
  network->push_back(module);
}

torch::nn::Sequential build(const Problem& problem) {
  const torch::NoGradGuard no_gradients;
  torch::nn::Sequential network;
  const Shape row = problem.workload.row();
  const std::vector<nn::PlacedLayer> layers = nn::placed(problem.workload.network(), row.batch(1));
  for (const nn::PlacedLayer& at : layers) {
    const bool is_last = &at == &layers.back();
    // Losses on logits stand for the last activation and the loss at once.
    if (const auto* dense = at.layer.get_if<nn::Dense>()) {
      if (row.rank() > 1 && at.number == 1) network->push_back(torch::nn::Flatten());
      push(network, torch::nn::Linear(at.x[0][1], dense->units), problem, at.name);
      if (!is_last || !takes_logits(problem.workload.loss))
        add_activation(network, dense->activation);
    } else if (const auto* conv = at.layer.get_if<nn::Conv2d>()) {
      push(network,
           torch::nn::Conv2d(
               torch::nn::Conv2dOptions(at.x[0][1], conv->channels, conv->kernel.height)
                   .padding(conv->padding.height)),
           problem, at.name);
      add_activation(network, conv->activation);
    } else if (const auto* norm = at.layer.get_if<nn::BatchNorm>()) {
      push(network,
           torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(at.x[0][1])
                                      .eps(norm->epsilon)
                                      .momentum(norm->momentum)),
           problem, at.name);
    } else if (const auto* activation = at.layer.get_if<nn::Activation>()) {
      add_activation(network, *activation);
    } else if (const auto* pool = at.layer.get_if<nn::MaxPool>()) {
      network->push_back(torch::nn::MaxPool2d(pool->size.height));
    } else {
      throw UsageError(fmt::format("no LibTorch module stands for {}", at.layer.record().name));
    }
  }
  return network;
}

// Convolutions take their pictures in the layout that their weights have.
void put_channels_last(torch::nn::Sequential& network) {
  const torch::NoGradGuard no_gradients;
  for (torch::Tensor& parameter : network->parameters())
    if (parameter.dim() == 4)
      parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
}

torch::Tensor loss_of(const Loss& loss, const torch::Tensor& output, const torch::Tensor& target) {
  if (loss.name == "cross_entropy") return torch::nn::functional::cross_entropy(output, target);
  if (loss.name == "binary_cross_entropy")
    return torch::nn::functional::binary_cross_entropy_with_logits(output, target);
  if (loss.name == "mean_squared_error") return torch::mse_loss(output, target);
  if (loss.name == "half_squared_error")
    return torch::mse_loss(output, target, torch::Reduction::Sum) *
           (0.5 / static_cast<double>(output.size(0)));
  throw UsageError(fmt::format("no LibTorch function stands for {}", loss.name));
}

using OptimizerPointer = std::unique_ptr<torch::optim::Optimizer>;

OptimizerPointer optimizer_of(const Optimizer& optimizer, const torch::nn::Sequential& network) {
  if (const auto* sgd = std::get_if<SGD>(&optimizer))
    return std::make_unique<torch::optim::SGD>(network->parameters(), sgd->learning_rate);
  if (const auto* adam = std::get_if<Adam>(&optimizer))
    return std::make_unique<torch::optim::Adam>(network->parameters(),
                                                torch::optim::AdamOptions(adam->learning_rate));
  const auto& adamw = std::get<AdamW>(optimizer);
  // Weight decay skips the biases.
  std::vector<torch::Tensor> weights, biases;
  for (const torch::Tensor& parameter : network->parameters())
    (parameter.dim() >= 2 ? weights : biases).push_back(parameter);
  const auto group = [&](std::vector<torch::Tensor>& parameters, double decay) {
    auto options = std::make_unique<torch::optim::AdamWOptions>(adamw.learning_rate);
    options->weight_decay(decay);
    return torch::optim::OptimizerParamGroup(parameters, std::move(options));
  };
  return std::make_unique<torch::optim::AdamW>(std::vector<torch::optim::OptimizerParamGroup>{
      group(weights, adamw.weight_decay), group(biases, 0)});
}

// Quicker than zero_grad(), which fills them with zeros that backward() then adds to.
void drop_gradients(std::vector<torch::Tensor>& parameters) {
  for (torch::Tensor& parameter : parameters) parameter.mutable_grad().reset();
}

class TorchStep {
 public:
  TorchStep(const Problem& problem, bool channels_last)
      : loss_(problem.workload.loss),
        network_(build(problem)),
        parameters_(network_->parameters()),
        optimizer_(optimizer_of(problem.workload.optimizer, network_)),
        x_(view(problem.x).clone()),
        target_(problem.classes.empty()
                    ? view(problem.target).clone()
                    : torch::tensor(c10::ArrayRef<std::int64_t>(problem.classes))) {
    if (!channels_last) return;
    put_channels_last(network_);
    x_ = x_.contiguous(torch::MemoryFormat::ChannelsLast);
  }

  float run(std::int64_t steps) {
    torch::Tensor loss;
    for (std::int64_t i = 0; i < steps; ++i) {
      drop_gradients(parameters_);
      loss = loss_of(loss_, network_->forward(x_), target_);
      loss.backward();
      optimizer_->step();
    }
    return loss.item<float>();
  }

 private:
  Loss loss_;
  torch::nn::Sequential network_;
  std::vector<torch::Tensor> parameters_;
  OptimizerPointer optimizer_;
  torch::Tensor x_, target_;
};

double accuracy_of(torch::nn::Sequential& network, const Images& images) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor classes = torch::tensor(c10::ArrayRef<std::int64_t>(images.classes));
  const torch::Tensor guess = network->forward(view(images.features)).argmax(1);
  return guess.eq(classes).to(torch::kFloat64).mean().item<double>();
}

// Trains for this many epochs; returns the accuracy and the time of the training alone.
Round fit_mnist(const FitPlan& plan, const Images& train, const Images& test, Clock clock,
                std::int64_t epochs) {
  const torch::Tensor features = view(train.features);
  const torch::Tensor classes = torch::tensor(c10::ArrayRef<std::int64_t>(train.classes));
  torch::nn::Sequential network = build(plan.start);
  std::vector<torch::Tensor> parameters = network->parameters();
  Optimizer described = plan.start.workload.optimizer;
  const double base_rate = learning_rate(described);
  const OptimizerPointer optimizer = optimizer_of(described, network);
  const std::int64_t rows = features.size(0), batch = plan.start.workload.batch;
  const std::int64_t total = epochs * ((rows + batch - 1) / batch);

  const double begin = now(clock);
  torch::Tensor order = torch::empty({rows}, torch::kInt64);
  std::int64_t step = 0;
  double loss_sum = 0;  // read in every step, as a training loop that reports it does
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
    data::epoch_order({order.data_ptr<std::int64_t>(), static_cast<std::size_t>(rows)}, plan.seed,
                      static_cast<std::uint64_t>(epoch));
    for (const torch::Tensor& chosen : order.split(batch)) {
      const double rate = learning_rate_at(plan.schedule, base_rate, ++step, total);
      for (auto& group : optimizer->param_groups())
        static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
      const torch::Tensor x = features.index_select(0, chosen);
      const torch::Tensor target = classes.index_select(0, chosen);
      drop_gradients(parameters);
      torch::Tensor loss = loss_of(plan.start.workload.loss, network->forward(x), target);
      loss.backward();
      optimizer->step();
      loss_sum += loss.item<double>();
    }
  }
  const double seconds = now(clock) - begin;
  if (!std::isfinite(loss_sum)) throw UsageError("LibTorch's training diverged");
  return {.result = accuracy_of(network, test), .seconds = seconds};
}

// "LibTorch 1.13.1 with /usr/lib/.../libblas.so.3": the library that its matrix products come from
// decides most of its speed.
std::string version() {
  Dl_info info{};
  const void* product = dlsym(RTLD_DEFAULT, "sgemm_");
  const bool is_found = product != nullptr && dladdr(product, &info) != 0;
  return fmt::format("LibTorch {} with {}", TORCH_VERSION,
                     is_found ? std::filesystem::canonical(info.dli_fname).string() : "no BLAS");
}

Stepper make(const Request& request) {
  // Once: each call also makes the threads of another pool anew, and those spin for some 25 ms.
  torch::set_num_threads(request.setting.threads);
  if (request.mnist.empty()) {
    auto step = std::make_shared<TorchStep>(draw(workload_named(request.workload)),
                                            request.setting.channels_last);
    return timed([step](std::int64_t steps) { return step->run(steps); }, request.setting.clock);
  }
  const auto plan = std::make_shared<FitPlan>(mnist_plan(request.mnist));
  const auto train = std::make_shared<Images>(in_memory(plan->data.train));
  const auto test = std::make_shared<Images>(in_memory(plan->data.test));
  return [plan, train, test, clock = request.setting.clock](std::int64_t epochs) {
    return fit_mnist(*plan, *train, *test, clock, epochs);
  };
}

}  // namespace
}  // namespace chainrule::bench

int main(int count, char** arguments) {
  return chainrule::bench::serve(count, arguments, chainrule::bench::version(),
                                 chainrule::bench::make);
}
